/** Keys as people write them: base64 of 32 bytes that nobody can guess. */
import { InvalidInput } from "../../errors.ts";
import { type SealingKey, sealingKey } from "./sealed-text.ts";

export const KEY_BYTES = 32;

const BASE64 = /^[A-Za-z0-9+/_-]{43}=?$/;
/** Of 32 random bytes, thirty differ from each other; with fewer than these, somebody has made them up. */
const FEWEST_DIFFERENT = 16;
const MOST_KEYS = 8;

/**
 * The first seals, all of them open.
 *
 * @param given one key, or several with commas between them
 * @param what it is called in messages
 * @throws InvalidInput for what is no key, or one that can be guessed; the message does not repeat it
 */
export function readSecretKeys(given: string | Uint8Array, what: string): SealingKey[] {
  if (given instanceof Uint8Array) return [keyOf(given, what)];
  if (typeof given !== "string" || given.trim() === "")
    throw new InvalidInput(`${what} is empty; give the base64 of ${KEY_BYTES} random bytes, as \`openssl rand -base64 32\` makes it.`);
  const texts = given.split(",").map((text) => text.trim());
  if (texts.length > MOST_KEYS) throw new InvalidInput(`${what} has ${texts.length} keys; at most ${MOST_KEYS} are accepted.`);
  return texts.map((text) => {
    if (!BASE64.test(text))
      throw new InvalidInput(
        `${what} is not the base64 of ${KEY_BYTES} bytes (44 characters); make a key with \`openssl rand -base64 32\`.`,
      );
    return keyOf(Buffer.from(text, "base64"), what);
  });
}

function keyOf(bytes: Uint8Array, what: string): SealingKey {
  if (bytes.length !== KEY_BYTES)
    throw new InvalidInput(
      `${what} has ${bytes.length} bytes; ${KEY_BYTES} random ones are needed, as \`openssl rand -base64 32\` makes them.`,
    );
  if (isGuessable(bytes))
    throw new InvalidInput(`${what} can be guessed: its bytes are not random; make a key with \`openssl rand -base64 32\`.`);
  return sealingKey(Uint8Array.from(bytes));
}

/** A default value, a sentence, a counting sequence, zeros. */
function isGuessable(bytes: Uint8Array): boolean {
  const isText = bytes.every((byte) => byte >= 0x20 && byte < 0x7f);
  const [first = 0, second = 0] = bytes;
  const isSequence = bytes.every((byte, index) => index === 0 || byte === ((bytes[index - 1] as number) + second - first + 256) % 256);
  return isText || isSequence || new Set(bytes).size < FEWEST_DIFFERENT;
}
