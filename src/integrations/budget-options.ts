/** What a wrapper is told: which budgets its calls need, and whose calls they are. Checked at the door. */
import { type BudgetPool, checkKeys } from "../budget/index.ts";
import type { Clock } from "../clock.ts";
import { InvalidInput, quoteValue } from "../errors.ts";
import type { PriceBook, PriceEntry } from "../pricing/index.ts";
import type { CallLedger, CallOwnerNames } from "./call-ledger.ts";

export interface BudgetOptions {
  /** A book: each call becomes a record in it, and every budget of the book that counts the call must allow it. */
  ledger?: CallLedger;
  /** Caps in this process. With a ledger beside it, both must allow a call. */
  pool?: BudgetPool;
  /** Whose calls these are; for a ledger. */
  scope?: CallOwnerNames;
  /** Who serves the calls, as prices and records name it; default: as the address tells, else the client's own vendor. */
  provider?: string;
  /** Instead of the bundled prices, or entries that go before them; for a pool alone, as a ledger has prices of its own. */
  prices?: PriceBook | readonly PriceEntry[];
  /** Names each request that is sent; default: random ids. */
  requestId?: () => string;
  clock?: Clock;
  /**
   * What becomes of a call whose price nobody knows: it is refused, held and charged like the provider's dearest model, or let pass.
   * Default: `block` where a pool caps money; else the ledger decides.
   */
  unpriced?: "block" | "estimate" | "allow";
  /** Whether records of a ledger tell prompts apart, by hashes under a key that only the book knows. Default true. */
  promptHashes?: boolean;
}

const OPTIONS = [
  "ledger",
  "pool",
  "scope",
  "provider",
  "prices",
  "requestId",
  "clock",
  "unpriced",
  "promptHashes",
] as const satisfies readonly (keyof BudgetOptions)[];
const OWNERS = ["org", "team", "user", "project", "key"] as const;
const UNPRICED: readonly unknown[] = [undefined, "block", "estimate", "allow"];
const LONGEST_NAME = 500;

/** @throws InvalidInput */
export function checkBudgetOptions(options: BudgetOptions): BudgetOptions {
  checkKeys(options, OPTIONS, "options");
  const { ledger, pool, scope, provider, prices, requestId, unpriced, promptHashes } = options;
  if (ledger === undefined && pool === undefined)
    throw new InvalidInput("options: there is no budget in them; give ledger (of openLedger), pool (a BudgetPool), or both.");
  if (ledger !== undefined && !hasMethods(ledger, "reserve", "tracked"))
    throw new InvalidInput(`ledger: ${kindOf(ledger)} is no open book; give what openLedger of tokenledger/ledger resolves to.`);
  if (pool !== undefined && !hasMethods(pool, "reserve", "totals"))
    throw new InvalidInput(`pool: ${kindOf(pool)} is no pool; give a BudgetPool of tokenledger.`);
  if (ledger !== undefined && prices !== undefined)
    throw new InvalidInput("prices: a ledger has prices of its own; put these into it with ledger.prices.put, and leave prices out.");
  if (prices !== undefined && !Array.isArray(prices) && !hasMethods(prices, "recordCostNanoUsd"))
    throw new InvalidInput(`prices: ${kindOf(prices)} is no price book; give a PriceBook or a list of price entries.`);
  if (scope !== undefined) checkScope(scope, ledger);
  if (provider !== undefined) checkName(provider, "provider");
  if (requestId !== undefined && typeof requestId !== "function")
    throw new InvalidInput(`requestId: ${kindOf(requestId)} is no function; give one that names each request anew.`);
  if (!UNPRICED.includes(unpriced))
    throw new InvalidInput(`unpriced: ${quoteValue(unpriced)} is not known; give block, estimate or allow.`);
  if (promptHashes !== undefined && typeof promptHashes !== "boolean")
    throw new InvalidInput(`promptHashes: ${quoteValue(promptHashes)} is not known; give true or false.`);
  return options;
}

/** A team with a typing error would be counted by no budget of that team. */
function checkScope(scope: CallOwnerNames, ledger: CallLedger | undefined): void {
  checkKeys(scope, [...OWNERS, "session", "tags"], "scope");
  if (ledger === undefined) throw new InvalidInput("scope: a pool counts every call alike; scope goes with a ledger.");
  for (const name of [...OWNERS, "session"] as const) if (scope[name] !== undefined) checkName(scope[name], `scope.${name}`);
  if (scope.tags === undefined) return;
  if (!Array.isArray(scope.tags)) throw new InvalidInput(`scope.tags: ${quoteValue(scope.tags)} is not a list.`);
  for (const tag of scope.tags) checkName(tag, "scope.tags");
}

function checkName(value: unknown, what: string): void {
  if (typeof value === "string" && value !== "" && value.length <= LONGEST_NAME) return;
  throw new InvalidInput(`${what}: ${quoteValue(value)} is not a name; give a text of at most ${LONGEST_NAME} characters.`);
}

export function hasMethods(value: unknown, ...names: string[]): boolean {
  if ((typeof value !== "object" && typeof value !== "function") || value === null) return false;
  return names.every((name) => typeof (value as Record<string, unknown>)[name] === "function");
}

/** Clients and books are no values to print. */
export function kindOf(value: unknown): string {
  if (value === null || typeof value !== "object") return typeof value === "function" ? "a function" : quoteValue(value);
  return Array.isArray(value) ? "a list" : `an object of ${quoteValue(value.constructor?.name ?? "no class")}`;
}
