/** What must hold in every state of a simulated book, as the model sees it. */
import { deepStrictEqual as equal, ok } from "node:assert";
import type { BudgetStatus, Ledger } from "../../ledger/index.ts";
import { AXES, amountOf, type Counts, heldOf, windowStart } from "./book-model.ts";
import type { SimulatedBook } from "./simulated-book.ts";

const FIELDS = ["usedNanoUsd", "reservedNanoUsd", "usedTokens", "reservedTokens"] as const;

/** Thresholds that were seen to be reached, by budget, value, window and threshold. */
export type Seen = Map<string, { name: string; kind: string }>;

/**
 * Conservation: each budget counts what the model's records and reservations add up to. Safety: where calls cost no more than was
 * reserved and nothing comes in but by reservations (`isHonest`), used + reserved is never above a hard budget's caps.
 */
export async function checkBudgets(book: SimulatedBook, ledger: Ledger, isHonest: boolean, seen: Seen): Promise<void> {
  const { model } = book;
  const states = await ledger.budgets.status();
  for (const state of states) {
    const definition = model.budgets.get(state.name);
    if (definition === undefined) throw new Error(`budget ${state.name} stands in the book, and not in the model`);
    const { least, most } = model.counts(definition, state.value, book.now());
    const found = countsOf(state);
    for (const field of FIELDS) {
      const isBetween = least[field] <= found[field] && found[field] <= most[field];
      ok(isBetween, `${state.name} ${state.value ?? ""}: ${field} is ${found[field]}, not ${least[field]} to ${most[field]}`);
    }
    if (isHonest && definition.hard && !definition.shadow) assertWithinCaps(book, state, found);
    notice(state, book, seen);
  }
  for (const definition of model.budgets.values()) {
    for (const value of model.values(definition)) {
      const { least } = model.counts(definition, value, book.now());
      const isThere = states.some((state) => state.name === definition.name && state.value === value);
      ok(isThere || FIELDS.every((field) => least[field] === 0n), `${definition.name} ${value ?? ""} has no state`);
    }
  }
}

/** A sliding window on a wall clock that was put back also shows what had left it: there the steady clock alone tells what it lets pass. */
function assertWithinCaps(book: SimulatedBook, { name, value, definition }: BudgetStatus, found: Counts): void {
  const counts = definition.windowMs === undefined ? found : book.model.countsBySteadyClock(definition, value, book.now());
  for (const axis of AXES) {
    const amount = amountOf(definition, axis);
    const held = heldOf(counts, axis);
    ok(amount === undefined || held <= amount, `${name} ${value ?? ""}: ${held} of ${amount} ${axis} are used or reserved`);
  }
}

function countsOf(state: BudgetStatus): Counts {
  return {
    usedNanoUsd: state.spentNanoUsd,
    reservedNanoUsd: state.reservedNanoUsd,
    usedTokens: state.spentTokens,
    reservedTokens: state.reservedTokens,
  };
}

/** Notes which thresholds the calendar windows have reached by now. */
function notice({ name, value, spentNanoUsd, definition }: BudgetStatus, book: SimulatedBook, seen: Seen): void {
  const start = windowStart(definition, book.clock.now());
  const editedMs = book.model.editedMs.get(name);
  if (start === undefined || editedMs === undefined || definition.amountNanoUsd === undefined) return;
  // A clock that was put back may show a window of before the budget, or its edit: nothing happened in it that could tell.
  if (start < (windowStart(definition, editedMs) ?? 0)) return;
  for (const threshold of definition.alerts) {
    if (spentNanoUsd * 100n < definition.amountNanoUsd * BigInt(threshold)) continue;
    seen.set(JSON.stringify([name, value ?? "", start, "threshold", threshold]), { name, kind: "threshold" });
  }
  if (definition.hard && spentNanoUsd > definition.amountNanoUsd)
    seen.set(JSON.stringify([name, value ?? "", start, "overage", 100]), { name, kind: "overage" });
}

/** Every threshold that was reached has been told, and none twice. */
export async function checkAlerts(book: SimulatedBook, ledger: Ledger, seen: Seen): Promise<void> {
  const alerts = await ledger.alerts.list();
  const keys = alerts.map(({ budgetName, value, window, kind, threshold }) =>
    JSON.stringify([budgetName, value && (JSON.parse(value) as string[]).join(", "), window.startMs, kind, threshold]),
  );
  const distinct = new Set(keys);
  equal(distinct.size, keys.length, "an alert was told twice");
  for (const [key, { name }] of seen) ok(distinct.has(key) || !book.model.budgets.has(name), `not told: ${key}`);
  const rearmed = new Set(keys.map((key) => JSON.stringify((JSON.parse(key) as unknown[]).filter((_, index) => index !== 2))));
  if (rearmed.size < distinct.size) book.events.reached("threshold told again in the next window");
  for (const { kind } of alerts) book.events.reached(kind === "overage" ? "overage told" : "threshold told");
}

/** The book proves itself, and its totals are the model's. */
export async function checkRecords(book: SimulatedBook, ledger: Ledger): Promise<void> {
  equal((await ledger.verify()).differences, []);
  const { totals } = await ledger.aggregate({ timeZone: "UTC", groupBy: [] });
  const records = [...book.model.records.values()];
  const tokens = records.reduce((sum, one) => sum + one.tokens, 0n);
  const money = records.reduce((sum, one) => sum + one.nanoUsd, 0n);
  equal([totals.requests, BigInt(totals.inputTokens), totals.costNanoUsd], [records.length, tokens, money]);
}
