/** Which keys a book's secrets are sealed and opened with: those that were given, the file beside the book, or none. */
import { DatabaseError, InvalidInput } from "../../errors.ts";
import type { RandomBytes } from "../key-text.ts";
import { keyFileOf, makeKeyFile, readKeyFile } from "./key-file.ts";
import { type SealingKey, sealingKey } from "./sealed-text.ts";
import { KEY_BYTES, readSecretKeys } from "./secret-key-text.ts";

/** Where the book is: its secrets' key may lie beside a file, and nowhere else. */
export type BookPlace = { kind: "file"; path: string } | { kind: "memory" } | { kind: "server" };

export class SecretKeys {
  readonly #place: BookPlace;
  readonly #randomBytes: RandomBytes;
  readonly #given: readonly SealingKey[];
  #found: readonly SealingKey[] | undefined;

  /** @throws InvalidInput for a key that is none, or can be guessed */
  constructor(place: BookPlace, given: string | Uint8Array | undefined, randomBytes: RandomBytes) {
    this.#place = place;
    this.#randomBytes = randomBytes;
    this.#given =
      given === undefined ? [] : readSecretKeys(given, "The book's secret key (TOKENLEDGER_SECRET_KEY, or the option secretKey)");
  }

  /** The key that seals; where there is none yet, one is made. @throws InvalidInput where it must be given, DatabaseError where its file can't be used */
  forSealing(): SealingKey {
    const [given] = this.#given;
    if (given !== undefined) return given;
    this.#found ??= this.#read() ?? this.#made();
    return this.#found[0] as SealingKey;
  }

  /** A file that can't be used opens nothing: what stands sealed is told as such, and all else goes on. */
  forOpening(): readonly SealingKey[] {
    try {
      this.#found ??= this.#read();
    } catch (error) {
      if (!(error instanceof DatabaseError)) throw error;
    }
    return [...this.#given, ...(this.#found ?? [])];
  }

  /** Whether something can be sealed without anybody being asked. */
  get isAtHand(): boolean {
    return this.#place.kind !== "server" || this.#given.length > 0;
  }

  #read(): SealingKey[] | undefined {
    return this.#place.kind === "file" ? readKeyFile(keyFileOf(this.#place.path)) : undefined;
  }

  #made(): SealingKey[] {
    if (this.#place.kind === "file") return makeKeyFile(keyFileOf(this.#place.path), this.#randomBytes);
    if (this.#place.kind === "memory") return [sealingKey(this.#randomBytes(KEY_BYTES))];
    throw new InvalidInput(
      "A book on PostgreSQL keeps webhooks sealed, and has no key for it; set TOKENLEDGER_SECRET_KEY to the output of `openssl rand -base64 32`, the same for every program that uses the book.",
    );
  }
}
