/** Text from the data, made safe for a terminal, and cut to columns. */

/** Control characters, those that reorder or hide text, and halves of characters. */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu;

/** Every unsafe character as its JSON escape, so that no name in the book can move the cursor, colour the screen or hide. */
export function escapeControls(text: string): string {
  return text.replace(UNSAFE, (character) => {
    const units = Array.from({ length: character.length }, (_, i) => character.charCodeAt(i));
    return units.map((unit) => `\\u${unit.toString(16).padStart(4, "0")}`).join("");
  });
}

/** How many columns a text takes. */
export type WidthOf = (text: string) => number;

/** What we print ourselves besides ASCII takes one column each. */
const SINGLE_WIDTH = /^[\x20-\x7e—–…·×─▁-█░→↑↓−]*$/;

/** Measures the given texts: the library that knows wide characters is loaded only when one needs it. */
export async function widthFor(texts: Iterable<string>): Promise<WidthOf> {
  for (const text of texts) {
    if (!SINGLE_WIDTH.test(text)) return (await import("string-width")).default;
  }
  return (text) => text.length;
}

const segmenter: () => Intl.Segmenter = once(() => new Intl.Segmenter("en", { granularity: "grapheme" }));

function once<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

/** A sentence as lines that fit the screen. */
export async function fitted(text: string, width: number): Promise<string> {
  return wrap(text, width, await widthFor([text]), /(?<=\s)/).join("\n");
}

/** Lines of at most `width` columns: broken after spaces, slashes and dashes where possible, else anywhere between characters. */
export function wrap(text: string, width: number, widthOf: WidthOf, breaks: RegExp = /(?<=[\s/_-])/): string[] {
  if (widthOf(text) <= width) return [text];
  const lines: string[] = [];
  let line = "";
  let lineWidth = 0;
  for (const word of text.split(breaks)) {
    const wordWidth = widthOf(word);
    if (lineWidth + widthOf(word.trimEnd()) > width && lineWidth > 0) {
      lines.push(line.trimEnd());
      [line, lineWidth] = ["", 0];
    }
    if (wordWidth <= width) {
      line += word;
      lineWidth += wordWidth;
      continue;
    }
    for (const { segment } of segmenter().segment(word)) {
      const segmentWidth = widthOf(segment);
      if (lineWidth + segmentWidth > width && lineWidth > 0) {
        lines.push(line);
        [line, lineWidth] = ["", 0];
      }
      line += segment;
      lineWidth += segmentWidth;
    }
  }
  if (line.trimEnd() !== "" || lines.length === 0) lines.push(line.trimEnd());
  return lines;
}
