/** When a provider has sent more than it was allowed to. */
import type { Seen } from "../reading.ts";

/** No text has tokens as long as this on average: a provider that sends so much does not honour the limit it was given. */
export const LONGEST_BYTES_PER_TOKEN = 8;
/** Sound that is not packed has 3,200 of base64, pictures of lossless formats still more. */
const LONGEST_MEDIA_BYTES_PER_TOKEN = 16_384;
const SLACK_BYTES = 256;

/** Told by events, of which each has a token at least, or by bytes. */
export function passesLimit({ outputBytes, outputEvents, mediaBytes = 0 }: Seen, wholeTokens: number): boolean {
  return (
    outputEvents > wholeTokens ||
    outputBytes - mediaBytes > wholeTokens * LONGEST_BYTES_PER_TOKEN + SLACK_BYTES ||
    mediaBytes > wholeTokens * LONGEST_MEDIA_BYTES_PER_TOKEN
  );
}
