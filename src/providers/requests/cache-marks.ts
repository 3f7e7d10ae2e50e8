/** Asks Anthropic to keep the beginning of a prompt in its cache: at the ends of blocks, where the program asks for nothing itself. */

import { topLevelFields } from "./fields.ts";
import type { JsonDocument } from "./json-document.ts";
import { scanJson } from "./json-scan.ts";
import { type BlockEnd, blocksOfPrompt } from "./prompt-blocks.ts";
import { newFieldPlace } from "./reading-of.ts";
import { frameOf } from "./request-frame.ts";

/** Anthropic's own limit for one request: https://docs.claude.com/en/docs/build-with-claude/prompt-caching */
const MOST_MARKS = 4;
/** Thoughts can't be marked. */
const MARKABLE_PARTS = ["text", "image", "document", "tool_use", "tool_result", "search_result"] as const;

export interface CacheMarks {
  /** Numbers of blocks, as the request's facts have them; or where a prompt is likely to come again. */
  blocks: readonly number[] | "usual";
  lifetime: "5m" | "1h";
}

interface Edit {
  at: number;
  text: string;
}

/** Undefined where nothing can be marked. @param body a request of `messages` that could be read, without marks of its own */
export function withCacheMarks(body: Uint8Array, { blocks, lifetime }: CacheMarks): Uint8Array | undefined {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  const document = scanJson(bytes);
  const prompt = blocksOfPrompt(frameOf("messages", document, topLevelFields(document), {}), undefined, false);
  if (prompt === undefined) return undefined;
  const { ends } = prompt;
  const control = lifetime === "1h" ? '{"type":"ephemeral","ttl":"1h"}' : '{"type":"ephemeral"}';
  const marked = new Set<number>();
  const edits: Edit[] = [];
  for (const block of (blocks === "usual" ? usualBlocks(ends) : blocks).slice(-MOST_MARKS)) {
    // What can't be marked is left to the block before it.
    for (let index = Math.min(block, ends.length - 1); index >= 0 && !marked.has(index); index--) {
      const found = editsAt(document, ends[index] as BlockEnd, control);
      if (found === undefined) continue;
      marked.add(index);
      edits.push(...found);
      break;
    }
  }
  return edits.length === 0 ? undefined : edited(bytes, edits);
}

/** After the tools, after the system prompt, after the last two messages: the next call of a conversation finds the first of these. */
function usualBlocks(ends: readonly BlockEnd[]): number[] {
  const last = (section: BlockEnd["section"]): number => ends.findLastIndex((end) => end.section === section);
  const messages = ends.flatMap(({ section, isWholeMessage }, index) => (section === "messages" && isWholeMessage ? [index] : []));
  return [last("tools"), last("system"), ...messages.slice(-2)].filter((index) => index >= 0);
}

function editsAt(document: JsonDocument, { node, section }: BlockEnd, control: string): Edit[] | undefined {
  if (document.isString(node)) {
    // Nothing can be said beside a text that stands alone: it becomes the only part of a list.
    if (document.byteLength(node) <= 2) return undefined;
    return [
      { at: document.start(node), text: `[{"type":"text","cache_control":${control},"text":` },
      { at: document.end(node), text: "}]" },
    ];
  }
  if (!document.isObject(node) || !(section === "tools" || isMarkable(document, node))) return undefined;
  const { start, before, after } = newFieldPlace(document, node, "cache_control");
  return [{ at: start, text: before + control + after }];
}

function isMarkable(document: JsonDocument, part: number): boolean {
  const type = document.field(part, "type");
  if (type === undefined || !document.isString(type) || !MARKABLE_PARTS.some((one) => document.isText(type, one))) return false;
  const text = document.field(part, "text");
  return text === undefined || document.byteLength(text) > 2;
}

function edited(bytes: Buffer, edits: readonly Edit[]): Uint8Array {
  const pieces: Uint8Array[] = [];
  let at = 0;
  for (const edit of edits.toSorted((a, b) => a.at - b.at)) {
    pieces.push(bytes.subarray(at, edit.at), Buffer.from(edit.text));
    at = edit.at;
  }
  pieces.push(bytes.subarray(at));
  return Buffer.concat(pieces);
}
