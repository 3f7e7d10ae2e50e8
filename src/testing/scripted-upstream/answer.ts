/** What a model would answer, and what that costs: made from the request and the script alone, the same on every run. */
import { isObject, type TokenCounts } from "../../usage/index.ts";
import type { ScriptedReply, SeenRequest } from "./scripted-reply.ts";
import { choiceCount, inputCount, outputLimit, textTokens } from "./seen-request.ts";

export interface Choice {
  /** One token each. */
  thoughts: readonly string[];
  pieces: readonly string[];
  finish: "stop" | "length" | "tool";
}

export interface Answer {
  id: string;
  model: string;
  choices: readonly Choice[];
  /** The bill, once all is said. */
  tokens: TokenCounts;
  /** As the format tells it, which is not always as it is. */
  told: TokenCounts;
  reply: ScriptedReply;
  request: SeenRequest;
}

const WORDS = ["spring", "ledger", "copper", "garden", "silver", "harbour", "window", "timber", "marble", "signal"];
const CHARACTERS_PER_TOKEN = 4;
/** What the legacy completions have where the request says nothing. */
const COMPLETIONS_LIMIT = 16;

export function answer(request: SeenRequest, reply: ScriptedReply, id: string): Answer {
  const json = request.json ?? {};
  const limit = outputLimit(json) ?? (request.operation === "completions" ? COMPLETIONS_LIMIT : undefined);
  const choice = oneChoice(request, reply, limit);
  const choices = Array.from({ length: choiceCount(json) }, () => choice);
  // Legacy completions bill every try, though only the best are told.
  const tries = Math.max(choices.length, typeof json.best_of === "number" ? json.best_of : 1);
  const each = choice.thoughts.length + choice.pieces.length;
  const tokens = counts(request, reply, each * tries, choice.thoughts.length * tries);
  return {
    id: reply.id ?? id,
    model: reply.model ?? request.model,
    choices,
    tokens,
    told: reply.usage === "zero" ? zeroed(tokens) : tokens,
    reply,
    request,
  };
}

function oneChoice(request: SeenRequest, reply: ScriptedReply, limit: number | undefined): Choice {
  const said = reply.toolCall === undefined ? reply.text : JSON.stringify(reply.toolCall.arguments);
  const wanted =
    said === undefined ? undefined : [...said.matchAll(new RegExp(`[^]{1,${CHARACTERS_PER_TOKEN}}`, "gu"))].map(([piece]) => piece);
  const thinks = reply.reasoningTokens ?? 0;
  const lies = reply.timesLimit !== undefined && limit !== undefined;
  const asked = lies
    ? limit * (reply.timesLimit as number)
    : (reply.outputTokens ?? (wanted ? wanted.length + thinks : ownLength(request) + thinks));
  const total = lies || limit === undefined ? asked : Math.min(asked, limit);
  const thoughts = words(Math.min(thinks, total));
  const left = total - thoughts.length;
  const pieces = wanted === undefined ? words(left) : wanted.slice(0, left);
  const isCut = limit !== undefined && asked > total;
  return { thoughts, pieces, finish: isCut ? "length" : reply.toolCall === undefined ? "stop" : "tool" };
}

/** 8 to 39 tokens, by what the request says. */
function ownLength(request: SeenRequest): number {
  let mixed = 0;
  for (const byte of Buffer.from(JSON.stringify(request.json?.messages ?? request.json?.input ?? request.json?.contents ?? request.model)))
    mixed = (Math.imul(mixed, 31) + byte) >>> 0;
  return 8 + (mixed % 32);
}

function words(count: number): string[] {
  return Array.from({ length: count }, (_, index) => ` ${WORDS[index % WORDS.length]}`);
}

function counts(request: SeenRequest, reply: ScriptedReply, output: number, reasoning: number): TokenCounts {
  const counted =
    request.json === undefined ? { text: textTokens(Buffer.from(request.body).toString("latin1")), audio: 0 } : inputCount(request.json);
  const cached = (reply.cacheRead ?? 0) + (reply.cacheWrite5m ?? 0) + (reply.cacheWrite1h ?? 0);
  return {
    input: Math.max(reply.inputTokens ?? counted.text + counted.audio, cached),
    output,
    ...(reply.cacheRead ? { cacheRead: reply.cacheRead } : {}),
    ...(reply.cacheWrite5m ? { cacheWrite5m: reply.cacheWrite5m } : {}),
    ...(reply.cacheWrite1h ? { cacheWrite1h: reply.cacheWrite1h } : {}),
    ...(reasoning > 0 ? { reasoning } : {}),
    ...(counted.audio > 0 ? { audioInput: counted.audio } : {}),
    ...(reply.audioOutput ? { audioOutput: Math.min(reply.audioOutput, output) } : {}),
    ...(reply.webSearches ? { webSearches: reply.webSearches } : {}),
  };
}

function zeroed(tokens: TokenCounts): TokenCounts {
  return Object.fromEntries(Object.keys(tokens).map((name) => [name, 0]));
}

/** The bill of a stream that was cut after so many output tokens: they were made in order, thoughts first. */
export function tokensSoFar({ tokens }: Answer, produced: number): TokenCounts {
  const output = Math.min(produced, tokens.output ?? 0);
  return {
    ...tokens,
    output,
    ...(tokens.reasoning === undefined ? {} : { reasoning: Math.min(tokens.reasoning, output) }),
    ...(tokens.audioOutput === undefined ? {} : { audioOutput: Math.min(tokens.audioOutput, output) }),
  };
}

export function asksForUsage({ request, reply }: Answer): boolean {
  const options = request.json?.stream_options;
  return (isObject(options) && options.include_usage === true) || reply.usage === "always";
}
