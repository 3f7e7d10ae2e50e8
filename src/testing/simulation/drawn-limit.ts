/** Pools and windows as a simulation draws them, each beside its model. */
import { BudgetPool, BudgetWindows } from "../../budget/index.ts";
import type { FakeClock } from "../fake-clock.ts";
import type { Chance } from "./chance.ts";
import type { ModelAccount } from "./engine-model.ts";
import { usd } from "./simulated-call.ts";

export type DrawnLimit = { model: ModelAccount; real: BudgetPool } | { model: ModelAccount; real: BudgetWindows };

/** A pool or a window whose caps are met often. */
export function drawPoolOrWindow(index: number, chance: Chance, clock: FakeClock): DrawnLimit {
  const name = `budget ${index}`;
  const capOf = (most: number): number => chance.whole(most / 4, most);
  if (chance.happens(0.5)) {
    const caps = {
      ...(chance.happens(0.5) && { input: capOf(400) }),
      ...(chance.happens(0.3) && { output: capOf(400) }),
      ...(chance.happens(0.3) && { total: capOf(600) }),
      ...(chance.happens(0.7) && { nanoUsd: capOf(400) }),
    };
    const { input, output, total, nanoUsd } = caps;
    const real = new BudgetPool(
      {
        ...(input !== undefined && { maxInputTokens: input }),
        ...(output !== undefined && { maxOutputTokens: output }),
        ...(total !== undefined && { maxTotalTokens: total }),
        ...(nanoUsd !== undefined && { maxCostUsd: usd(BigInt(nanoUsd)) }),
      },
      { clock, name },
    );
    return { real, model: { name, caps, slackMs: 0, events: new Set() } };
  }
  const caps = { ...(chance.happens(0.5) && { total: capOf(500) }), ...(chance.happens(0.8) && { nanoUsd: capOf(300) }) };
  const durationMs = chance.pick([1000, 60_000]);
  const buckets = chance.pick([undefined, 6, 60]);
  const definition = {
    name,
    durationMs,
    ...(caps.total !== undefined && { maxTokens: caps.total }),
    ...(caps.nanoUsd !== undefined && { maxCostUsd: usd(BigInt(caps.nanoUsd)) }),
  };
  const real = new BudgetWindows([definition], buckets === undefined ? { mode: "exact", clock } : { buckets, clock });
  return {
    real,
    model: { name, caps, durationMs, slackMs: buckets === undefined ? 0 : Math.ceil(durationMs / buckets), events: new Set() },
  };
}
