/** What a simulation draws: budgets, calls, figures. Amounts are a few nano-USD, so that every limit is met often. */
import type { BudgetDefinition } from "../../budget/index.ts";
import type { ReserveCall } from "../../ledger/index.ts";
import type { Counted } from "./book-model.ts";
import type { Chance } from "./chance.ts";

const HOUR_MS = 3_600_000;
const TEAMS = ["blue", "red"];
const USERS = ["ann", "bob", undefined];

/** A whole number of nano-USD as a decimal text in USD. */
export function usd(nanoUsd: bigint): string {
  return `0.${String(nanoUsd).padStart(9, "0")}`;
}

const KINDS: Record<string, (chance: Chance) => Partial<BudgetDefinition>> = {
  "all time": (chance) => ({ period: "lifetime", amountNanoUsd: BigInt(chance.whole(300, 900)) }),
  "a day": (chance) => ({ period: "daily", amountNanoUsd: BigInt(chance.whole(80, 250)), scope: { team: "blue" }, alerts: [50, 90] }),
  "a month": (chance) => ({ period: "monthly", amountNanoUsd: BigInt(chance.whole(150, 500)), scope: { user: "*" } }),
  "an hour, sliding": (chance) => ({ windowMs: HOUR_MS, amountNanoUsd: BigInt(chance.whole(80, 250)), alerts: [80] }),
  "an hour, sliding, each team": (chance) => ({ windowMs: HOUR_MS, amountNanoUsd: BigInt(chance.whole(60, 200)), scope: { team: "*" } }),
  "tokens a day": (chance) => ({ period: "daily", maxTokens: chance.whole(200, 900) }),
  "soft, a day": (chance) => ({
    period: "daily",
    amountNanoUsd: BigInt(chance.whole(60, 200)),
    hard: false,
    enforcement: "rate_limit",
    tolerance: chance.pick([0, 0.1, 0.5]),
    alerts: [100],
  }),
  "in shadow": (chance) => ({ period: "daily", amountNanoUsd: BigInt(chance.whole(10, 100)), shadow: true }),
};

export const BUDGET_NAMES: readonly string[] = Object.keys(KINDS);

export function drawBudget(chance: Chance, name: string): BudgetDefinition {
  return { name, scope: {}, alerts: [], enforcement: "block_requests", hard: true, ...KINDS[name]?.(chance) };
}

export function drawOwner(chance: Chance): Pick<Counted, "team" | "user"> {
  return { team: chance.pick(TEAMS), user: chance.pick(USERS) };
}

export function drawFigures(chance: Chance): Pick<Counted, "nanoUsd" | "tokens"> {
  return { nanoUsd: BigInt(chance.happens(0.1) ? 0 : chance.whole(1, 60)), tokens: BigInt(chance.happens(0.1) ? 0 : chance.whole(1, 120)) };
}

/** What the call turned out to be: mostly less than estimated, at times more. */
export function drawActual(chance: Chance, estimate: Pick<Counted, "nanoUsd" | "tokens">): Pick<Counted, "nanoUsd" | "tokens"> {
  const share = chance.happens(0.15) ? 101 + chance.whole(0, 100) : chance.whole(0, 100);
  return { nanoUsd: (estimate.nanoUsd * BigInt(share)) / 100n, tokens: (estimate.tokens * BigInt(share)) / 100n };
}

export function reserveCall(requestId: string, call: Counted, ttlMs: number, dispatched: boolean): ReserveCall {
  return {
    requestId,
    provider: "acme",
    model: "acme-1",
    scope: { team: call.team, ...(call.user === undefined ? {} : { user: call.user }) },
    estimate: { costUsd: usd(call.nanoUsd), inputTokens: Number(call.tokens) },
    ttlMs,
    dispatched,
  };
}
