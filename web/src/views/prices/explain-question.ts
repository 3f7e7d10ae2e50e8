/** What a price is explained of, as it stands in the address. */
import type { Parameters } from "../../api/client.ts";
import type { Question } from "../../question/use-question.ts";

/** What can be counted, with its label and what belongs to it. */
export const COUNTS: Readonly<Record<string, { label: string; hint?: string }>> = {
  input: { label: "Input tokens", hint: "cached ones included" },
  output: { label: "Output tokens", hint: "reasoning included" },
  cache_read: { label: "Read from the cache" },
  cache_write_5m: { label: "Written for five minutes", hint: "to the cache" },
  cache_write_1h: { label: "Written for an hour", hint: "to the cache" },
  reasoning: { label: "Reasoning tokens" },
  web_searches: { label: "Web searches" },
};

export const TIERS = ["standard", "batch", "flex", "priority"] as const;

const EXPLAINED: readonly string[] = ["model", "provider", "at", "tier", ...Object.keys(COUNTS)];

export type ExplainDraft = Readonly<Record<string, string>>;

/** In the address each word has a name of its own, so that none is taken for a filter of other views. */
export function draftIn({ word }: Pick<Question, "word">): ExplainDraft {
  return Object.fromEntries(EXPLAINED.map((name) => [name, word(`explain_${name}`) ?? ""]));
}

export function changesOf(draft: ExplainDraft): Record<string, string | undefined> {
  return Object.fromEntries(
    EXPLAINED.map((name) => {
      const typed = draft[name]?.trim() ?? "";
      return [`explain_${name}`, typed === "" ? undefined : typed];
    }),
  );
}

/** As the API takes them; what is left out has the server's default. */
export function parametersOf(draft: ExplainDraft): Parameters {
  return Object.fromEntries(
    EXPLAINED.flatMap((name) => {
      const typed = draft[name]?.trim() ?? "";
      if (typed === "") return [];
      return [[name, Object.hasOwn(COUNTS, name) ? typed.replaceAll(/[ ,_](?=\d{3})/g, "") : typed]];
    }),
  );
}
