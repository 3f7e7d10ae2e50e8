/** Reservations over any number of accounts: from all of them or from none. */
import type { Clock } from "../clock.ts";
import { AlreadySettled, type Breach, BudgetExceeded, InvalidInput, quoteValue } from "../errors.ts";
import { checkKeys, millisecondsOf, nanoUsdOf, tokensOf } from "./amounts.ts";
import { type Account, checkObject, Hold, Reservable } from "./engine.ts";
import { COUNTED, checkRequestId } from "./request-ids.ts";
import { CALL_AMOUNTS, type CallAmounts, type Reservation, type ReserveOptions } from "./reservation.ts";

/**
 * Whether the accounts let the amounts pass: all of them, or a refusal. Gives the open reservation that has the id already.
 *
 * @throws BudgetExceeded, AlreadySettled, InvalidInput; nothing has changed then.
 */
export function admit(
  accounts: readonly Account[],
  inputTokens: number,
  outputTokens: number,
  costNanoUsd: number,
  options: ReserveOptions | undefined,
): Hold | undefined {
  let timed = false;
  if (options !== undefined) {
    checkObject(options, "options");
    if (options.ttlMs !== undefined) timed = millisecondsOf(options.ttlMs, "ttlMs") >= 0;
    if (options.requestId !== undefined) checkRequestId(options.requestId);
  }
  let clock: Clock | undefined;
  let nowMs = 0;
  for (let i = 0; i < accounts.length; i++) {
    const account = accounts[i] as Account;
    if (!timed && !account.dependsOnTime()) continue;
    if (account.clock !== clock) {
      clock = account.clock;
      nowMs = clock.monotonic();
    }
    account.moveTo(nowMs);
  }
  if (options?.requestId !== undefined) {
    const open = openUnder(options.requestId, accounts);
    if (open !== undefined) return sameAs(open, accounts, inputTokens, outputTokens, costNanoUsd);
  }
  for (let i = 0; i < accounts.length; i++) {
    if (!(accounts[i] as Account).admits(inputTokens, outputTokens, costNanoUsd))
      throw refusalOf(accounts, inputTokens, outputTokens, costNanoUsd);
  }
  return undefined;
}

/**
 * Reserves from all of them or from none: pools and windows alike.
 *
 * @throws BudgetExceeded with the breaches of all that refuse.
 * @example
 * ```ts
 * import { BudgetPool, reserveAll } from "tokenledger";
 * const [team, user] = [new BudgetPool({ maxCostUsd: 10 }), new BudgetPool({ maxCostUsd: 1 })];
 * reserveAll([team, user], { costUsd: 0.4 }).settle({ costUsd: 0.3 });
 * [team.totals().costUsd, user.remaining().costUsd]; // => [0.3, 0.7]
 * ```
 */
export function reserveAll(from: readonly Reservable[], estimate: CallAmounts, options?: ReserveOptions): Reservation {
  if (!Array.isArray(from) || from.length === 0) throw new InvalidInput("reserveAll: give a list of at least one pool or windows.");
  const accounts: Account[] = [];
  for (let i = 0; i < from.length; i++) {
    const account = Reservable.accountOf(from[i]);
    if (account === undefined) throw new InvalidInput(`reserveAll: item ${i} is neither a BudgetPool nor BudgetWindows.`);
    if (accounts.includes(account)) throw new InvalidInput(`reserveAll: item ${i} is in the list twice.`);
    accounts.push(account);
  }
  checkObject(estimate, "estimate");
  const inputTokens = tokensOf(estimate.inputTokens, "inputTokens");
  const outputTokens = tokensOf(estimate.outputTokens, "outputTokens");
  const costNanoUsd = nanoUsdOf(estimate.costUsd, "costUsd");
  if (inputTokens + outputTokens + costNanoUsd === 0) checkKeys(estimate, CALL_AMOUNTS, "estimate");
  return (
    admit(accounts, inputTokens, outputTokens, costNanoUsd, options) ?? new Hold(accounts, inputTokens, outputTokens, costNanoUsd, options)
  );
}

function openUnder(requestId: string, accounts: readonly Account[]): Hold | undefined {
  let open: Hold | undefined;
  for (let i = 0; i < accounts.length; i++) {
    const state = (accounts[i] as Account).ids?.get(requestId);
    if (state === COUNTED) throw new AlreadySettled(`The call ${quoteValue(requestId)} is counted already.`);
    open ??= state;
  }
  return open;
}

function sameAs(open: Hold, accounts: readonly Account[], inputTokens: number, outputTokens: number, costNanoUsd: number): Hold {
  const differs = open.isOver(accounts)
    ? open.inputTokens !== inputTokens
      ? "inputTokens"
      : open.outputTokens !== outputTokens
        ? "outputTokens"
        : open.costNanoUsd !== costNanoUsd
          ? "costUsd"
          : undefined
    : "the list of pools";
  if (differs === undefined) return open;
  throw new InvalidInput(`requestId: ${quoteValue(open.requestId)} is reserved already, with another value of ${differs}.`);
}

function refusalOf(accounts: readonly Account[], inputTokens: number, outputTokens: number, costNanoUsd: number): BudgetExceeded {
  const refusing = accounts.filter((account) => !account.admits(inputTokens, outputTokens, costNanoUsd));
  const breaches = refusing.flatMap((account) => account.breachesOf(inputTokens, outputTokens, costNanoUsd)) as [Breach, ...Breach[]];
  return accounts.length === 1 ? (accounts[0] as Account).refusal(breaches) : new BudgetExceeded(breaches);
}
