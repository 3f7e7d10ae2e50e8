/** Text that others chose, made safe for one line. */

/** Control characters, those that reorder or hide text, halves of characters, and what ends lines. */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu;
const IS_PLAIN = /^[\x20-\x7e]*$/;
/** A virtual key's beginning, and what follows it: however it came into a message, it does not leave with it. */
const KEY_LIKE = /\b(?:tl|tls|sk)[-_][A-Za-z0-9_-]{12,}/g;

/** Every unsafe character as its JSON escape. */
export function legible(text: string): string {
  if (IS_PLAIN.test(text)) return text;
  return text.replace(UNSAFE, (character) => {
    let escaped = "";
    for (let unit = 0; unit < character.length; unit++) escaped += `\\u${character.charCodeAt(unit).toString(16).padStart(4, "0")}`;
    return escaped;
  });
}

/** One line of JSON, in which no text can end the line or look like another. */
export function jsonLine(document: object): string {
  const text = JSON.stringify(document);
  return IS_PLAIN.test(text) ? text : legible(text);
}

/** What looks like a key is masked. */
export function withoutKeys(message: string): string {
  return message.replace(KEY_LIKE, (key) => `${key.slice(0, key.search(/[-_]/) + 1)}***`);
}
