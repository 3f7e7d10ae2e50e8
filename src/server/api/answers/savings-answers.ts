/** What could be saved, what that would come to, and what has been saved: as the command tells it. */
import { InvalidInput, quoteValue } from "../../../errors.ts";
import { buildReceipts, type FoundSavings, findSavings, isRecommendation } from "../../../insights/index.ts";
import { filterOf } from "../filter-parameters.ts";
import { periodAskedOrUsual, type Question } from "./question-words.ts";
import type { AskedBook } from "./reached-book.ts";

export async function recommendations(book: AskedBook, question: Question): Promise<object> {
  return (await found(book, question)).document;
}

export async function simulation(book: AskedBook, question: Question): Promise<object> {
  const asked = question.values.get("id");
  const savings = await found(book, question);
  return savings.simulated(asked?.map((id) => idOf(savings, id)));
}

export async function receipts(book: AskedBook, { savings: rules = [], nowMs }: Question): Promise<object> {
  return buildReceipts(book, { rules, generatedAtMs: nowMs });
}

async function found(book: AskedBook, question: Question): Promise<FoundSavings> {
  const filter = filterOf(question);
  const period = await periodAskedOrUsual(book, question);
  return findSavings(book, {
    period,
    generatedAtMs: question.nowMs,
    ...(question.savings && { applied: question.savings }),
    ...(filter && { filter }),
  });
}

function idOf({ document: { recommendations: known, period } }: FoundSavings, asked: string): string {
  const one = known.find(({ id }) => isRecommendation(asked, id));
  if (one !== undefined) return one.id;
  throw new InvalidInput(
    `id ${quoteValue(asked)} is no recommendation for the calls from ${period.start} to ${period.end}; /api/v1/recommendations lists those that there are.`,
  );
}
