/**
 * What a call of the AI SDK tells of how it is made. Its blocks are of the prompt as the program hands it over: they are the same from call
 * to call of one program, and others than those of the request that a provider's package makes of it.
 */
import type { CallFacts, PromptBlock } from "../../usage/index.ts";
import type { PromptHasher } from "../requests/prompt-hasher.ts";
import type { PromptCall, PromptMessage } from "./prompt-call.ts";

const LIKELY_BYTES_PER_TOKEN = 4;
const LIKELY_MEDIA_TOKENS = 1_000;
/** A text of this length without anything but digits and letters is no text. */
const MEDIA_BYTES = 1_024;
const MEDIA = /^(?:data:[\w/+.-]+;base64,)?[A-Za-z0-9+/_-]{96,}/;
/** Settings of single messages and parts: where to cache, how finely to look. */
const SETTINGS: ReadonlySet<string> = new Set(["providerOptions", "providerMetadata"]);

export function promptFacts(call: PromptCall, isStream: boolean, hasher: PromptHasher): CallFacts {
  const { prompt, tools = [], responseFormat, temperature } = call;
  const facts: CallFacts = { isStream, tools: tools.length, turns: prompt.length };
  if (typeof temperature === "number" && Number.isFinite(temperature)) facts.temperature = temperature;
  const blocks = blocksOf(prompt, tools.length === 0 && responseFormat === undefined ? undefined : [tools, responseFormat], hasher);
  if (blocks !== undefined && blocks.length > 0) facts.promptBlocks = blocks;
  return facts;
}

/** Undefined where something can't be written down. */
function blocksOf(prompt: readonly PromptMessage[], tools: unknown, hasher: PromptHasher): PromptBlock[] | undefined {
  const blocks: PromptBlock[] = [];
  hasher.begin();
  const add = (value: unknown): void => {
    const written = writtenDown(value);
    hasher.bytes(written.bytes);
    const textBytes = written.bytes.length - written.mediaBytes;
    const tokens = Math.ceil(textBytes / LIKELY_BYTES_PER_TOKEN) + written.media * LIKELY_MEDIA_TOKENS;
    blocks.push({ hash: hasher.end(), tokens });
  };
  try {
    if (tools !== undefined) add(tools);
    for (const { role, content } of prompt) add([role, content]);
  } catch {
    return undefined;
  }
  return blocks;
}

function writtenDown(value: unknown): { bytes: Buffer; media: number; mediaBytes: number } {
  let media = 0;
  let mediaBytes = 0;
  const text = JSON.stringify(value, (name, inner: unknown) => {
    if (SETTINGS.has(name)) return undefined;
    const isBytes = inner instanceof Uint8Array;
    const shown = isBytes ? Buffer.from(inner.buffer, inner.byteOffset, inner.byteLength).toString("base64") : inner;
    if (isBytes || (typeof shown === "string" && shown.length > MEDIA_BYTES && MEDIA.test(shown))) {
      media += 1;
      mediaBytes += (shown as string).length;
    }
    return shown;
  });
  return { bytes: Buffer.from(text), media, mediaBytes };
}
