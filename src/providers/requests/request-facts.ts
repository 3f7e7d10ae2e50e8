/** What a request tells of how its call is made, for whoever looks afterwards for what could have been saved. */
import type { CallFacts } from "../../usage/index.ts";
import type { RequestReading } from "../request.ts";
import type { JsonDocument } from "./json-document.ts";
import { KIND } from "./json-document.ts";
import { blocksOfPrompt } from "./prompt-blocks.ts";
import type { PromptHasher } from "./prompt-hasher.ts";
import type { RequestFrame } from "./request-frame.ts";

const LISTS_OF_TURNS = ["messages", "input", "contents", "prompt"] as const;
const LISTS_OF_TOOLS = ["tools", "functions"] as const;

/** Undefined where there is no prompt. */
export function requestFacts(frame: RequestFrame, reading: RequestReading, hasher: PromptHasher): CallFacts | undefined {
  const { document, fields, operation } = frame;
  if (operation === "embeddings" || frame.root !== 0) return undefined;
  const list = LISTS_OF_TURNS.map((name) => fields.get(name)).find((node) => node !== undefined);
  if (list === undefined || reading.output.bound === 0) return undefined;
  const facts: CallFacts = {
    isStream: reading.isStream,
    tools: toolsIn(frame),
    turns: document.isArray(list) ? document.size(list) : 1,
  };
  const temperature = temperatureIn(document, fields);
  if (temperature !== undefined) facts.temperature = temperature;
  const prompt = blocksOfPrompt(frame, hasher, reading.dearKinds.cacheWrite !== undefined);
  if (prompt !== undefined && prompt.blocks.length > 0) facts.promptBlocks = prompt.blocks;
  return facts;
}

/** Google's come in lists of lists. */
function toolsIn({ document, fields }: RequestFrame): number {
  let count = 0;
  for (const name of LISTS_OF_TOOLS) {
    const list = fields.get(name);
    if (list === undefined || !document.isArray(list)) continue;
    const end = document.after(list);
    for (let tool = document.first(list); tool < end; tool = document.after(tool)) {
      const declared = document.field(tool, "functionDeclarations") ?? document.field(tool, "function_declarations");
      count += declared === undefined ? 1 : document.size(declared);
    }
  }
  return count;
}

function temperatureIn(document: JsonDocument, fields: ReadonlyMap<string, number>): number | undefined {
  const config = fields.get("generationConfig") ?? fields.get("generation_config");
  const node = fields.get("temperature") ?? (config === undefined ? undefined : document.field(config, "temperature"));
  return node !== undefined && document.kind(node) === KIND.number ? document.number(node) : undefined;
}
