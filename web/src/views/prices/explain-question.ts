/** What a price is explained of, as it stands in the address. */
import type { Parameters } from "../../api/client.ts";
import type { Question } from "../../question/use-question.ts";

export const COUNTS = {
  input: "Input tokens, cached ones included",
  output: "Output tokens, reasoning included",
  cache_read: "read from the cache",
  cache_write_5m: "written to the cache for five minutes",
  cache_write_1h: "written to the cache for an hour",
  reasoning: "Reasoning, a part of the output",
  web_searches: "Web searches",
} as const;

export const TIERS = ["standard", "batch", "flex", "priority"] as const;

export const EXPLAINED = ["model", "provider", "at", "tier", ...Object.keys(COUNTS)] as const;

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
