/** Where in a reply, or in an event of a stream, usage stands. */
import { type Fields, fieldsAt, isFields } from "./counts.ts";
import { geminiUsage } from "./gemini-usage.ts";
import { bedrockUsage, cohereUsage, llamaUsage, ollamaUsage, titanUsage } from "./other-usage.ts";
import { type ReadUsage, usageOf } from "./usage-conventions.ts";

export interface UsagePlace {
  /** The object with the counts, where there is one. */
  find(reply: Fields): Fields | undefined;
  read(usage: Fields, model: string | undefined): ReadUsage | undefined;
}

/** The reply itself, where its own fields are counts. */
function itself(...names: readonly string[]): UsagePlace["find"] {
  return (reply) => (names.some((name) => name in reply) ? pick(reply, COUNT_NAMES) : undefined);
}

/** What is kept of a reply that is its own usage object: never its text. */
const COUNT_NAMES = [
  "prompt_eval_count",
  "eval_count",
  "prompt_token_count",
  "generation_token_count",
  "inputTextTokenCount",
  "totalOutputTextTokenCount",
  "results",
];

function pick(fields: Fields, names: readonly string[]): Fields {
  return Object.fromEntries(names.filter((name) => name in fields).map((name) => [name, fields[name]]));
}

/** `message.usage` and its like; the enclosing names in the order in which they are tried. */
const ENCLOSING = ["message", "response", "interaction", "delta", "metadata"];

/** A better place goes before a worse one: what the model says before what its host has measured. */
export const USAGE_PLACES: readonly UsagePlace[] = [
  {
    find(reply) {
      if (isFields(reply.usage)) return reply.usage;
      for (const name of ENCLOSING) {
        const usage = fieldsAt(reply, name).usage;
        if (isFields(usage)) return usage;
      }
      return undefined;
    },
    read: usageOf,
  },
  { find: ({ usageMetadata }) => (isFields(usageMetadata) ? usageMetadata : undefined), read: geminiUsage },
  {
    find(reply) {
      const meta = isFields(reply.meta) ? reply.meta : fieldsAt(reply, "response").meta;
      return isFields(meta) && (isFields(meta.billed_units) || isFields(meta.tokens)) ? meta : undefined;
    },
    read: cohereUsage,
  },
  {
    find({ choices }) {
      const usage = Array.isArray(choices) && isFields(choices[0]) ? choices[0].usage : undefined;
      return isFields(usage) ? usage : undefined;
    },
    read: usageOf,
  },
  {
    find(reply) {
      const usage = fieldsAt(reply, "x_groq").usage;
      return isFields(usage) ? usage : undefined;
    },
    read: usageOf,
  },
  { find: itself("prompt_eval_count", "eval_count"), read: ollamaUsage },
  { find: itself("prompt_token_count", "generation_token_count"), read: llamaUsage },
  { find: itself("inputTextTokenCount"), read: titanUsage },
  {
    find(reply) {
      const metrics = reply["amazon-bedrock-invocationMetrics"];
      return isFields(metrics) ? metrics : undefined;
    },
    read: bedrockUsage,
  },
];
