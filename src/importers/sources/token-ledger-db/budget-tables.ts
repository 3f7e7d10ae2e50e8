/** The budgets and alerts of the specification's database, in the words of the configuration. */

import { quoteValue } from "../../../errors.ts";
import { isObject } from "../../../usage/index.ts";
import type { ImportEnvironment, SourceDatabase } from "../../importer.ts";
import { costOf, textOf } from "../../reading/fields.ts";
import { columnsOf, pagesOf } from "../../reading/source-rows.ts";
import { idText } from "./id-text.ts";

/** A budget as the configuration would have it. What was spent is not among it: that follows from the records. */
export interface ImportedBudget {
  /** The row in the table `budgets`. */
  row: number;
  name: string;
  amountNanoUsd: number;
  period: string;
  scope: Readonly<Record<string, string>>;
  /** Percent, rising. */
  alerts: readonly number[];
  enforcement: string;
  switchTo?: string;
}

export interface ImportedBudgets {
  budgets: ImportedBudget[];
  problems: { row: number; reason: string }[];
}

const BUDGETS = { name: "budgets", key: "rowid", required: ["name", "amount_usd", "period", "scope", "enforcement"], optional: ["id"] };
const ALERTS = { name: "alerts", key: "rowid", required: ["budget_id", "threshold"] };

const SCOPES = ["org", "team", "user", "project", "key", "tag", "provider", "model"];
const OTHER_NAMES: Readonly<Record<string, string>> = { organization: "org", organisation: "org", api_key: "key" };
const EVERYTHING = new Set(["global", "all", "organization", "organisation", "org", "*"]);
const ENFORCEMENTS = ["notify_only", "rate_limit", "block_requests", "switch_provider"];
const PERIODS = ["daily", "weekly", "monthly", "quarterly", "yearly"];

/**
 * The budgets in a database of the source `token-ledger-db`; none where it has no such table. Never throws for what stands in it.
 *
 * @example
 * ```ts
 * import { readTokenLedgerBudgets } from "tokenledger/importers";
 * const rows = (sql: string) => (sql.startsWith("PRAGMA") ? [] : [{ name: "none" }]);
 * const openDatabase = () => ({ all: rows, close: () => {} });
 * readTokenLedgerBudgets("tokenledger.db", { platform: "linux", homeDirectory: "", variables: {}, openDatabase }); // => { budgets: [], problems: [] }
 * ```
 */
export function readTokenLedgerBudgets(path: string, environment: ImportEnvironment): ImportedBudgets {
  let database: SourceDatabase | undefined;
  try {
    database = environment.openDatabase(path);
    if (columnsOf(database, BUDGETS.name).size === 0) return { budgets: [], problems: [] };
    return budgetsIn(database);
  } catch (error) {
    return { budgets: [], problems: [{ row: 0, reason: `its budgets can't be read: ${(error as Error).message}` }] };
  } finally {
    database?.close();
  }
}

function budgetsIn(database: SourceDatabase): ImportedBudgets {
  const problems: ImportedBudgets["problems"] = [];
  const budgets = new Map<string, ImportedBudget>();
  const thresholds = thresholdsIn(database, problems);
  for (const rows of pagesOf(database, BUDGETS)) {
    for (const row of rows) {
      const number = Number(row.rowid);
      try {
        const budget = budgetOf(row, thresholds.get(String(idText(row.id))) ?? []);
        const earlier = budgets.get(budget.name);
        if (earlier) throw new TypeError(`has the name of the budget in row ${earlier.row}, and each budget needs one of its own`);
        budgets.set(budget.name, budget);
      } catch (error) {
        if (!(error instanceof TypeError)) throw error;
        const name = textOf(row.name);
        problems.push({ row: number, reason: `budget${name === undefined ? "" : ` ${quoteValue(name)}`} ${error.message}` });
      }
    }
  }
  return { budgets: [...budgets.values()], problems };
}

/** By the budget's id. What was triggered and acknowledged is not read: alerts follow from the records. */
function thresholdsIn(database: SourceDatabase, problems: ImportedBudgets["problems"]): Map<string, number[]> {
  const byBudget = new Map<string, number[]>();
  if (columnsOf(database, ALERTS.name).size === 0) return byBudget;
  for (const rows of pagesOf(database, ALERTS)) {
    for (const { rowid, budget_id: budgetId, threshold } of rows) {
      const percent = percentOf(threshold);
      if (percent === undefined) {
        problems.push({
          row: Number(rowid),
          reason: `alert: threshold ${quoteValue(threshold)} is no percentage from 1 to 100 and no share up to 1`,
        });
        continue;
      }
      const id = String(idText(budgetId));
      byBudget.set(
        id,
        [...new Set([...(byBudget.get(id) ?? []), percent])].sort((a, b) => a - b),
      );
    }
  }
  return byBudget;
}

/** A number up to 1 is a share: 0.75 is 75 percent, and 1 is all. */
function percentOf(threshold: unknown): number | undefined {
  const number = typeof threshold === "string" ? Number(threshold) : threshold;
  if (typeof number !== "number" || !(number > 0)) return undefined;
  const percent = number <= 1 ? Number((number * 100).toPrecision(12)) : number;
  return percent >= 1 && percent <= 100 ? percent : undefined;
}

function budgetOf(row: Record<string, unknown>, alerts: readonly number[]): ImportedBudget {
  const name = textOf(row.name);
  if (name === undefined) throw new TypeError("has no name");
  const amountNanoUsd = costOf(row.amount_usd);
  if (amountNanoUsd === undefined) throw new TypeError(`has the amount ${quoteValue(row.amount_usd)}; USD from 0 up are needed`);
  const period = wordIn(row.period);
  if (period === undefined || !PERIODS.includes(period)) {
    throw new TypeError(`has the period ${quoteValue(row.period)}; ${PERIODS.join(", ")} are known`);
  }
  const { enforcement, switchTo } = enforcementOf(row.enforcement);
  const budget = { row: Number(row.rowid), name, amountNanoUsd, period, scope: scopeOf(row.scope), alerts, enforcement };
  return switchTo === undefined ? budget : { ...budget, switchTo };
}

/** What a program in Rust writes for a choice with or without a value: `"RateLimit"`, `{"SwitchProvider":"openai"}`; or plain words. */
function enforcementOf(written: unknown): { enforcement: string; switchTo?: string } {
  const value = jsonOrText(written);
  const [word, target] = isObject(value) ? (Object.entries(value)[0] ?? []) : String(value).split(/[:=]/, 2);
  const enforcement = wordIn(word);
  if (enforcement === undefined || !ENFORCEMENTS.includes(enforcement)) {
    throw new TypeError(`has the enforcement ${quoteValue(written)}; ${ENFORCEMENTS.join(", ")} are known`);
  }
  if (enforcement !== "switch_provider") return { enforcement };
  const switchTo = textOf(typeof target === "string" ? target.trim() : target);
  if (switchTo === undefined) throw new TypeError("switches the provider, but doesn't say to which");
  return { enforcement, switchTo };
}

/** `{"team":"engineering"}`, `{"Team":"…"}`, `{"type":"team","id":"…"}`, `team:engineering`, or `global` for every call. */
function scopeOf(written: unknown): Record<string, string> {
  const value = jsonOrText(written);
  if (typeof value === "string" && EVERYTHING.has(value.trim().toLowerCase())) return {};
  const scope: Record<string, string> = {};
  for (const [key, of] of pairsOf(value)) {
    const word = wordIn(key) ?? "";
    const known = OTHER_NAMES[word] ?? word.replace(/_(?:id|name)$/, "");
    if (of === null) continue;
    const text = textOf(typeof of === "number" ? String(of) : of);
    if (!SCOPES.includes(known) || text === undefined)
      throw new TypeError(`has the scope ${quoteValue(written)}, which can't be understood`);
    scope[known] = text;
  }
  if (Object.keys(scope).length === 0 && !isObject(value))
    throw new TypeError(`has the scope ${quoteValue(written)}, which can't be understood`);
  return scope;
}

function pairsOf(value: unknown): [string, unknown][] {
  if (typeof value === "string") {
    return value.split(/[,;]/).map((part): [string, unknown] => {
      const at = part.search(/[:=]/);
      return at < 0 ? [part, undefined] : [part.slice(0, at), part.slice(at + 1).trim()];
    });
  }
  if (!isObject(value)) return [];
  const kind = textOf(value.type) ?? textOf(value.kind);
  return kind === undefined ? Object.entries(value) : [[kind, value.id ?? value.value ?? value.name]];
}

function jsonOrText(written: unknown): unknown {
  try {
    return JSON.parse(String(written));
  } catch {
    return written;
  }
}

/** `RateLimit`, `rate-limit` and `"Rate Limit"` are all `rate_limit`. */
function wordIn(written: unknown): string | undefined {
  const word = textOf(jsonOrText(written));
  return word
    ?.trim()
    .replace(/([a-z])([A-Z])/g, "$1_$2")
    .replace(/[\s-]+/g, "_")
    .toLowerCase();
}
