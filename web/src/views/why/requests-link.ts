/** The address of the requests behind a name in one of the periods, the dearest first. */
import type { ExplanationDocument } from "tokenledger/insights";
import { FILTERS, type FilterName, type Question } from "../../question/use-question.ts";

const isFilter = (word: string): word is FilterName => (FILTERS as readonly string[]).includes(word);

/** Undefined where requests can't be chosen so: several names together, and organisations. */
export function requestsLink(
  { link }: Pick<Question, "link">,
  { start, end }: Pick<ExplanationDocument["from"], "start" | "end">,
  { by, name, names }: { by: ExplanationDocument["by"]; name: string | null; names: number },
): string | undefined {
  if (names > 1 || !isFilter(by)) return undefined;
  // An empty value asks for records without one.
  return link("/requests", { period: undefined, start, end, [by]: [name ?? ""], sort: "cost" });
}
