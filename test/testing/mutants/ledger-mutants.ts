/** Faults that somebody could make in the book's budgets, each of which the simulation must notice. */
import type { Mutant } from "./mutant.ts";

const KEEPER = "ledger/stores/sqlite/budget-keeper.ts";
const COUNTERS = "ledger/stores/sqlite/counter-table.ts";
const FOLLOWER = "ledger/stores/sqlite/budget-follower.ts";
const RESERVATIONS = "ledger/stores/sqlite/reservations.ts";

export const LEDGER_MUTANTS: readonly Mutant[] = [
  {
    fault: "one budget that admits is enough",
    file: KEEPER,
    original: "states.every((state) => admits(state.budget.definition, state, adding, request,",
    replacement:
      "[...states, undefined].some((state) => state === undefined ? states.length === 0 : admits(state.budget.definition, state, adding, request,",
  },
  {
    fault: "the first of the budgets holds nothing",
    file: KEEPER,
    original: "for (const [budgetId, value, startMs] of holds) counters.hold(",
    replacement: "for (const [budgetId, value, startMs] of holds.slice(1)) counters.hold(",
  },
  {
    fault: "settled, a reservation goes on holding",
    file: KEEPER,
    original: "    this.#giveBack(row, overageNanoUsd);\n    this.#budgets.reservations.remove(row);",
    replacement: "    this.#budgets.reservations.remove(row);",
  },
  {
    fault: "released or lapsed, a reservation goes on holding",
    file: KEEPER,
    original: "    this.#giveBack(row, 0n);\n    this.#budgets.reservations.end(",
    replacement: "    this.#budgets.reservations.end(",
  },
  {
    fault: "a released call is settled",
    file: KEEPER,
    original: '    if (reservation.state === STATES.released) return "released";\n',
    replacement: "",
  },
  {
    fault: "a record is corrected a second time",
    file: KEEPER,
    original: 'if (!isChargedEstimate(decode(stored.current, stored.original, this.#desk.dictionary))) return "already_settled";',
    replacement: "",
  },
  {
    fault: "what was dispatched is released when its time is over",
    file: "ledger/sweeping.ts",
    original: "const entry = dispatched ? expiredEntry(reservation, pricer) : undefined;",
    replacement: "const entry = undefined;",
    also: {
      original: "if (!(await desk.store.expire(requestId, attempt, entry, pricer.canonicalModel))) continue;",
      replacement: "await desk.store.release(requestId, attempt);",
    },
  },
  {
    fault: "the wall clock alone decides what a sliding window counts",
    file: COUNTERS,
    original: "(start_ms >= ? OR (steady_ms > ? AND steady_ms <= ?))",
    replacement: "(start_ms >= ? AND (? + ?) IS NOT NULL)",
  },
  {
    fault: "a sliding window is a part too short",
    file: "budget/window-of.ts",
    original: "startMs: startMs - EARLIER_BUCKETS * bucketMs",
    replacement: "startMs: startMs - (EARLIER_BUCKETS - 2) * bucketMs",
  },
  {
    fault: "tokens that were held are not given back",
    file: COUNTERS,
    original: "    counter.reservedTokens -= tokens;\n",
    replacement: "",
  },
  {
    fault: "the second record's tokens take the first one's place",
    file: COUNTERS,
    original: "counter.usedTokens += used.tokens;",
    replacement: "counter.usedTokens = used.tokens;",
  },
  {
    fault: "what a transaction has counted is not written",
    file: COUNTERS,
    original: "    this.#cache.flush();\n    this.#isWriting = false;",
    replacement: "    this.#isWriting = false;",
  },
  {
    fault: "reservations end by the wall clock",
    file: RESERVATIONS,
    original: "(expires_steady_ms <= ? OR (reserved_steady_ms > ? AND expires_ms <= ?))",
    replacement: "((? + ?) IS NOT NULL AND expires_ms <= ?)",
  },
  {
    fault: "a window that nobody has counted counts as empty",
    file: FOLLOWER,
    original: "if (startMs < budget.countedFromMs) this.recount(budget, startMs);",
    replacement: "if (startMs < 0) this.recount(budget, startMs);",
  },
  {
    fault: "a new budget does not see what is reserved already",
    file: FOLLOWER,
    original: "    for (const row of this.reservations.open()) this.#holdAnew(recounted, row);\n",
    replacement: "",
  },
  {
    fault: "a transaction that failed is not undone",
    file: "ledger/stores/sqlite/transaction.ts",
    original: "    rollBack(connection);\n    throw isCommitting",
    replacement: "    throw isCommitting",
  },
  {
    fault: "a refusal does not look for what has expired",
    file: "ledger/reserving.ts",
    original: "return charged + released > 0;",
    replacement: "return false && charged + released > 0;",
  },
  {
    fault: "a hard budget refuses what fits exactly",
    file: "budget/admission.ts",
    original: "? taken + added <= limit :",
    replacement: "? taken + added < limit :",
  },
  {
    fault: "a budget in shadow refuses",
    file: "budget/admission.ts",
    original: 'if (definition.shadow || definition.enforcement === "notify_only") return false;',
    replacement: 'if (definition.enforcement === "notify_only") return false;',
  },
  {
    fault: "a threshold is told a percent late",
    file: "budget/admission.ts",
    original: "reachesPercent(axis.of(used), cap, percent)",
    replacement: "reachesPercent(axis.of(used), cap, percent + 1)",
  },
  {
    fault: "a soft budget refuses the call that crosses it",
    file: "budget/admission.ts",
    original: ": taken < limit;",
    replacement: ": taken + added <= limit;",
  },
  {
    fault: "an alert that was undone with its transaction is taken for told",
    file: "ledger/stores/sqlite/budget-alerts.ts",
    original: "    this.#known.clear();\n",
    replacement: "",
  },
  {
    fault: "reserved again under its id, a call holds twice",
    file: KEEPER,
    original: "    if (known?.state === STATES.open) return this.#reserveAgain(known, request, at);\n",
    replacement: "",
  },
];
