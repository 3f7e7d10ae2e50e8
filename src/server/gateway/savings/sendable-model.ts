/** What to call a model at its provider, where a rule names it as prices do. */
import type { PriceBook } from "../../../pricing/index.ts";
import type { Upstream } from "../../upstreams/upstream.ts";

/** Anthropic's older models answer to no name without their day: https://docs.claude.com/en/docs/about-claude/models/overview */
const DATED: Readonly<Record<string, string>> = {
  "claude-3-haiku": "claude-3-haiku-20240307",
  "claude-3-sonnet": "claude-3-sonnet-20240229",
  "claude-3-opus": "claude-3-opus-20240229",
  "claude-3-5-haiku": "claude-3-5-haiku-20241022",
  "claude-3-5-sonnet": "claude-3-5-sonnet-20241022",
  "claude-3-7-sonnet": "claude-3-7-sonnet-20250219",
  "claude-sonnet-4": "claude-sonnet-4-20250514",
  "claude-opus-4": "claude-opus-4-20250514",
};

/** A name of the configuration's list goes before all others. */
export function sendableModel(book: PriceBook, upstream: Upstream, model: string): string {
  const configured = upstream.models.find((id) => id !== model && book.canonicalModel(upstream.name, id) === model && !isInBook(book, id));
  return configured ?? (upstream.name === "anthropic" ? DATED[model] : undefined) ?? model;
}

function isInBook(book: PriceBook, id: string): boolean {
  return book.entries().some(({ model }) => model === id);
}
