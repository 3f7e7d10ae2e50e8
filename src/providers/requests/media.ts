/** Pictures, sound and documents inside requests: what they may weigh. */
import type { InputWeight } from "./input-weight.ts";
import type { JsonDocument } from "./json-document.ts";

/** Formats in which a second of sound takes more bytes than any model makes tokens of it. */
const STEADY_AUDIO: ReadonlySet<string> = new Set(["mp3", "mpeg", "mpga", "wav", "wave", "x-wav", "pcm", "pcm16", "l16", "aac", "m4a"]);

export function isSteadyAudio(format: string): boolean {
  return STEADY_AUDIO.has(format.toLowerCase());
}

/** A picture by its address or as a data URL. */
export function weighImageUrl(document: JsonDocument, weight: InputWeight, url: number | undefined): void {
  const isData = url !== undefined && document.isString(url) && document.startsWith(url, "data:");
  weight.image(isData ? document.byteLength(url) : 0);
}

export function weighAudio(document: JsonDocument, weight: InputWeight, data: number | undefined, format: string): void {
  weight.hasAudio = true;
  const bytes = data !== undefined && document.isString(data) ? document.byteLength(data) : 0;
  if (bytes > 0 && isSteadyAudio(format)) weight.audio(bytes);
  else weight.unbounded("sound whose length its bytes do not tell", bytes);
}

/** Bytes of a media type: `image/png`, `audio/wav`, `application/pdf`. */
export function weighMedia(document: JsonDocument, weight: InputWeight, data: number | undefined, mediaType: string): void {
  const bytes = data !== undefined && document.isString(data) ? document.byteLength(data) : 0;
  const [kind = "", format = ""] = mediaType.toLowerCase().split(";", 1)[0]?.split("/") ?? [];
  if (kind === "image") weight.image(bytes);
  else if (kind === "audio") weighAudio(document, weight, data, format);
  else if (kind === "video") weight.unbounded("a film", bytes);
  // Text, whatever is said of it, has no more tokens than bytes; other documents are packed.
  else if (kind !== "text") weight.unbounded("a document", bytes);
}
