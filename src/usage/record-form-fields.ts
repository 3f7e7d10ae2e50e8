/** Single fields of the record form, each refused with a sentence where it isn't what it must be. */
import { InvalidInput, quoteValue } from "../errors.ts";
import { isObject } from "./json-object.ts";
import type { UsageSource } from "./usage-record.ts";

export type FormFields = Readonly<Record<string, unknown>>;

const MAX_NAME_LENGTH = 512;
const MAX_METADATA_LENGTH = 1000;

/** Names under which programs keep what was said: never stored, not even as metadata. */
const CONTENT_NAMES = new Set([
  ...["prompt", "prompts", "prompt_text", "system", "system_prompt", "user_prompt", "instructions", "question", "query"],
  ...["messages", "message", "user_message", "assistant_message", "content", "contents", "text", "body", "transcript"],
  ...["completion", "completion_text", "response", "response_text", "answer", "reply", "choices", "thinking"],
  ...["input", "output", "input_text", "output_text", "request", "request_body", "response_body"],
]);

export function countAt(value: FormFields, field: string): number | undefined {
  const count = value[field];
  if (count === undefined || count === null) return undefined;
  if (typeof count === "number" && Number.isSafeInteger(count) && count >= 0) return count;
  throw new InvalidInput(`${field} is ${quoteValue(count)}; a whole number from 0 up, not in quotes, is needed`);
}

export function requiredCountAt(value: FormFields, field: string): number {
  return countAt(value, field) ?? missing(field, "a whole number from 0 up");
}

export function partAt(value: FormFields, field: string, whole: number, wholeField: string): number | undefined {
  const count = countAt(value, field);
  if (count !== undefined && count > whole)
    throw new InvalidInput(`${field} ${count} is more than ${wholeField} ${whole}, of which it is a part`);
  return count;
}

export function latencyOf(latency: unknown): number | undefined {
  if (latency === undefined || latency === null) return undefined;
  if (typeof latency === "number" && latency >= 0 && latency <= Number.MAX_SAFE_INTEGER) return Math.round(latency);
  throw new InvalidInput(`latency_ms is ${quoteValue(latency)}; a number of milliseconds from 0 up is needed`);
}

export function attemptOf(attempt: unknown): number | undefined {
  if (attempt === undefined || attempt === null) return undefined;
  if (typeof attempt === "number" && Number.isSafeInteger(attempt) && attempt >= 1) return attempt;
  throw new InvalidInput(`attempt is ${quoteValue(attempt)}; a whole number from 1 up is needed`);
}

export function nameAt(value: FormFields, field: string): string | undefined {
  const name = value[field];
  if (name === undefined || name === null || name === "") return undefined;
  if (typeof name !== "string") throw new InvalidInput(`${field} is ${quoteValue(name)}; text is needed`);
  if (name.length > MAX_NAME_LENGTH) throw new InvalidInput(`${field} ${quoteValue(name)} is longer than ${MAX_NAME_LENGTH} characters`);
  return name;
}

/** As a name; whole numbers are ids, too. */
export function idAt(value: FormFields, field: string): string | undefined {
  const id = value[field];
  return typeof id === "number" && Number.isSafeInteger(id) ? String(id) : nameAt(value, field);
}

export function tagsOf(tags: unknown): string[] | undefined {
  if (tags === undefined || tags === null) return undefined;
  if (!Array.isArray(tags) || !tags.every((tag) => typeof tag === "string" && tag.length <= MAX_NAME_LENGTH)) {
    throw new InvalidInput(`tags is ${quoteValue(tags)}; a list of texts of at most ${MAX_NAME_LENGTH} characters is needed`);
  }
  const distinct = [...new Set(tags as string[])].filter((tag) => tag !== "");
  return distinct.length === 0 ? undefined : distinct;
}

export function usageSourceOf(usageSource: unknown): UsageSource | undefined {
  if (usageSource === undefined || usageSource === null) return undefined;
  if (usageSource === "reported" || usageSource === "estimated" || usageSource === "imported") return usageSource;
  throw new InvalidInput(`usage_source is ${quoteValue(usageSource)}; "reported", "estimated" or "imported" is needed`);
}

export function metadataOf(metadata: unknown, warn: (reason: string) => void): Record<string, string> | undefined {
  if (metadata === undefined || metadata === null) return undefined;
  if (!isObject(metadata)) throw new InvalidInput(`metadata is ${quoteValue(metadata)}; an object of texts is needed`);
  const kept: [string, string][] = [];
  for (const [name, fact] of Object.entries(metadata)) {
    if (fact === null || fact === undefined) continue;
    const text = typeof fact === "object" ? undefined : String(fact);
    if (text === undefined || text.length > MAX_METADATA_LENGTH || CONTENT_NAMES.has(name.toLowerCase())) {
      warn(
        `metadata ${quoteValue(name)} was left out: texts of at most ${MAX_METADATA_LENGTH} characters are kept, and never what was said`,
      );
    } else {
      kept.push([name, text]);
    }
  }
  return kept.length === 0 ? undefined : Object.fromEntries(kept);
}

export function missing(field: string, needed: string): never {
  throw new InvalidInput(`${field} is missing; ${needed} is needed`);
}
