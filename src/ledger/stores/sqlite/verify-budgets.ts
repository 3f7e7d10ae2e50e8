/** Budgets and what belongs to them: definitions that can be read, counters that say what records and reservations say, alerts of budgets that are there. */
import { budgetFromJson, counterSpanOf } from "../../../budget/index.ts";
import { ALERT_COLUMNS } from "../../schema/alert-rows.ts";
import type { Differences } from "../../schema/differences.ts";
import type { StoredBudget } from "../../store.ts";
import { alertChecksum } from "./budget-alerts.ts";
import { budgetChecksum } from "./budget-table.ts";
import { countedAnew } from "./counted-anew.ts";
import type { Dictionary } from "./dictionary.ts";
import type { Connection, Row } from "./driver.ts";
import { type Hold, holdsIn, type ReservationRow, Reservations, reservationChecksum, STATES } from "./reservations.ts";

const BIGINT = { bigint: true };

/** What a counter's figures must be; each may be anything where nothing can tell. */
interface Expected {
  used_nano_usd: bigint;
  used_tokens: bigint;
  requests: bigint;
  reserved_nano_usd: bigint;
  reserved_tokens: bigint;
}

const FIGURES = [
  "used_nano_usd",
  "used_tokens",
  "requests",
  "reserved_nano_usd",
  "reserved_tokens",
] as const satisfies readonly (keyof Expected)[];

export function verifyBudgetSettings(connection: Connection, differences: Differences): void {
  for (const name of ["budgets_revision", "names_revision"]) {
    const row = connection.prepare("SELECT value FROM settings WHERE name = ?").get(name);
    if (row === undefined) differences.add("settings", name, "a number", "missing");
  }
}

/** Answers the budgets that can be read. */
export function verifyBudgets(connection: Connection, differences: Differences): StoredBudget[] {
  const rows = connection.prepare("SELECT id, name, definition, origin, counted_from_ms, checksum FROM budgets ORDER BY id").all();
  return rows.flatMap((row) => {
    const where = `budgets ${row.name}`;
    const [id, countedFromMs] = [Number(row.id), Number(row.counted_from_ms)];
    const [name, text, origin] = [String(row.name), String(row.definition), String(row.origin)];
    const checksum = budgetChecksum(id, name, text, origin, countedFromMs);
    if (checksum !== row.checksum) differences.add("checksum", where, checksum, row.checksum);
    try {
      const definition = budgetFromJson(text);
      if (definition.name !== name) differences.add("budget", `${where} name`, definition.name, name);
      if (counterSpanOf(countedFromMs, definition).startMs !== countedFromMs) {
        differences.add("budget", `${where} counted_from_ms`, "the beginning of a window", countedFromMs);
      }
      return [{ id, definition, origin, countedFromMs }];
    } catch (error) {
      differences.add("budget", `${where} definition`, "a budget", error instanceof Error ? error.message : error);
      return [];
    }
  });
}

export function verifyReservations(connection: Connection, budgets: readonly StoredBudget[], differences: Differences): void {
  const ids = new Set(budgets.map(({ id }) => id));
  const seen = new Set<string>();
  for (const row of new Reservations(connection).all()) {
    const where = whereIs(row);
    const checksum = reservationChecksum(row);
    if (checksum !== row.checksum) differences.add("checksum", where, checksum, row.checksum);
    if (seen.has(where)) differences.add("reservation", where, "one row", "another one of the same request");
    seen.add(where);
    const isOpen = row.state === STATES.open;
    if (isOpen !== (row.ended_ms === null)) differences.add("reservation", `${where} ended_ms`, isOpen ? null : "a time", row.ended_ms);
    for (const [budgetId] of readHolds(row, differences)) {
      if (!ids.has(budgetId)) differences.add("reference", `${where} holds`, "a budget of the book", budgetId);
      if (!isOpen) differences.add("reservation", `${where} holds`, "nothing, since it has ended", budgetId);
    }
  }
}

export function verifyCounters(
  connection: Connection,
  dictionary: Dictionary,
  budgets: readonly StoredBudget[],
  differences: Differences,
): void {
  const reservations = new Reservations(connection).open();
  for (const budget of budgets) {
    differences.step(`budget_counters ${budget.definition.name}`, () => {
      const expected = expectedCounters(connection, dictionary, budget, reservations);
      const rows = connection
        .prepare(`SELECT value, start_ms, ${FIGURES.join(", ")} FROM budget_counters WHERE budget = ?`, BIGINT)
        .all(budget.id);
      for (const row of rows) {
        compare(budget, String(row.value), Number(row.start_ms), expected.get(`${row.start_ms} ${row.value}`), row, differences);
        expected.delete(`${row.start_ms} ${row.value}`);
      }
      for (const [key, figures] of expected) {
        const [start, value] = [key.slice(0, key.indexOf(" ")), key.slice(key.indexOf(" ") + 1)];
        compare(budget, value, Number(start), figures, undefined, differences);
      }
    });
  }
  const known = budgets.map(({ id }) => id).join(", ");
  for (const { budget } of connection.prepare(`SELECT DISTINCT budget FROM budget_counters WHERE budget NOT IN (${known})`).all()) {
    differences.add("counter", `budget_counters budget ${budget}`, "a budget of the book", budget);
  }
}

export function verifyAlerts(connection: Connection, budgets: readonly StoredBudget[], differences: Differences): void {
  const ids = new Set(budgets.map(({ id }) => id));
  for (const row of connection.prepare(`SELECT ${ALERT_COLUMNS.join(", ")}, checksum FROM alerts ORDER BY id`, BIGINT).all()) {
    const where = `alerts id ${row.id}`;
    const checksum = alertChecksum(row);
    if (checksum !== Number(row.checksum)) differences.add("checksum", where, checksum, row.checksum);
    if (!ids.has(Number(row.budget))) differences.add("reference", `${where} budget`, "a budget of the book", row.budget);
  }
}

function expectedCounters(
  connection: Connection,
  dictionary: Dictionary,
  budget: StoredBudget,
  reservations: readonly ReservationRow[],
): Map<string, Expected> {
  const expected = new Map<string, Expected>();
  const at = (value: string, startMs: number): Expected => {
    const key = `${startMs} ${value}`;
    const known = expected.get(key) ?? { used_nano_usd: 0n, used_tokens: 0n, requests: 0n, reserved_nano_usd: 0n, reserved_tokens: 0n };
    expected.set(key, known);
    return known;
  };
  for (const { value, startMs, nanoUsd, tokens, requests } of countedAnew(connection, dictionary, budget)) {
    Object.assign(at(value, startMs), { used_nano_usd: nanoUsd, used_tokens: tokens, requests: BigInt(requests) });
  }
  for (const row of reservations) {
    for (const [budgetId, value, startMs] of holdsIn(row)) {
      if (budgetId !== budget.id || startMs < budget.countedFromMs) continue;
      const figures = at(value, startMs);
      figures.reserved_nano_usd += BigInt(row.nano_usd);
      figures.reserved_tokens += BigInt(row.input_tokens) + BigInt(row.output_tokens);
    }
  }
  return expected;
}

function compare(
  { definition, countedFromMs }: StoredBudget,
  value: string,
  startMs: number,
  expected: Expected | undefined,
  found: Row | undefined,
  differences: Differences,
): void {
  const where = `budget_counters ${definition.name}${value === "" ? "" : ` ${value}`} ${instantOf(startMs)}`;
  if (startMs < countedFromMs || counterSpanOf(startMs, definition).startMs !== startMs) {
    differences.add("counter", where, "no row", "a row of a time that the budget doesn't count");
    return;
  }
  for (const figure of FIGURES) {
    const [wanted, there] = [expected?.[figure] ?? 0n, found?.[figure] ?? 0n];
    if (wanted !== there) differences.add("counter", `${where} ${figure}`, wanted, there);
  }
}

function readHolds(row: ReservationRow, differences: Differences): Hold[] {
  try {
    JSON.parse(row.scope);
    return holdsIn(row);
  } catch {
    differences.add("reservation", whereIs(row), "JSON", `${row.scope} ${row.holds}`);
    return [];
  }
}

function whereIs({ request_id: requestId, attempt }: ReservationRow): string {
  return `reservations ${requestId}${attempt === 1 ? "" : ` attempt ${attempt}`}`;
}

function instantOf(timeMs: number): string {
  const date = new Date(timeMs);
  return Number.isNaN(date.getTime()) ? String(timeMs) : date.toISOString();
}
