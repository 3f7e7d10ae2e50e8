/**
 * Ids of events, by which nobody can count: who hears of a few events only shall not learn from their numbers how many others there were.
 * Those of another process, or of this one before it was started anew, name no event of this one.
 */
import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";

/** One block is one id: there is nothing to chain, and no two are the same. */
const CIPHER = "aes-128-ecb";
const BYTES = 16;
const ID = /^[0-9a-f]{32}$/;

export class EventIds {
  readonly #key: Buffer = randomBytes(BYTES);

  of(sequence: number): string {
    const block = Buffer.alloc(BYTES);
    block.writeBigUInt64BE(BigInt(sequence), BYTES / 2);
    return createCipheriv(CIPHER, this.#key, null).setAutoPadding(false).update(block).toString("hex");
  }

  /** Undefined where the id is not one of these. */
  sequenceOf(id: string): number | undefined {
    if (!ID.test(id)) return undefined;
    const block = createDecipheriv(CIPHER, this.#key, null).setAutoPadding(false).update(Buffer.from(id, "hex"));
    const sequence = Number(block.readBigUInt64BE(BYTES / 2));
    return block.readBigUInt64BE(0) === 0n && Number.isSafeInteger(sequence) ? sequence : undefined;
  }
}
