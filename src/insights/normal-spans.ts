/** The past of a counter without its runaways, as a search over amounts takes it. Pure. */
import type { SpendingSpan } from "./limit-search.ts";
import type { JudgedWindow } from "./normal-windows.ts";
import type { CounterHistory } from "./spending-replay.ts";

/** The calls of windows that are no runaways; of a sliding window all together, since its parts reach over their borders. */
export function spansOf(counter: CounterHistory, verdicts: readonly JudgedWindow[], partsBefore: number | undefined): SpendingSpan[] {
  const spans = counter.windows.flatMap(({ firstCall }, index): SpendingSpan[] => {
    if (verdicts[index]?.verdict === "runaway") return [];
    const end = counter.windows[index + 1]?.firstCall ?? counter.costs.length;
    const exempt = new Set<number>();
    for (let at = firstCall; at < end; at++) if (counter.exempt.has(at)) exempt.add(at - firstCall);
    const costs = counter.costs.slice(firstCall, end);
    const parts = counter.parts.slice(firstCall, end);
    return [{ costs, exempt, ...(partsBefore !== undefined && { sliding: { parts, partsBefore } }) }];
  });
  if (partsBefore === undefined) return spans;
  let calls = 0;
  const exempt = new Set<number>();
  for (const span of spans) {
    for (const at of span.exempt ?? []) exempt.add(at + calls);
    calls += span.costs.length;
  }
  const parts = spans.flatMap(({ sliding }) => sliding?.parts ?? []);
  return [{ costs: spans.flatMap(({ costs }) => costs), exempt, sliding: { parts, partsBefore } }];
}
