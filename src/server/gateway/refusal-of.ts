/** What an error means to the client: a status, a code, and nothing that is not the client's to know. */
import type { BudgetDefinition } from "../../budget/index.ts";
import { type Breach, type BudgetExceeded, TokenLedgerError } from "../../errors.ts";
import { Refusal } from "../http/refusal.ts";
import type { Caller } from "./access/caller.ts";

const NO_RETRY: readonly string[] = ["x-should-retry", "false"];
const STORE_RETRY_MS = 1000;
/** For a rate that tells no time at which the call fits. */
const UNKNOWN_RETRY_MS = 60_000;

/** @param report told of what is this program's fault, or its surroundings' */
export function refusalOf(error: unknown, report: (what: string) => void): Refusal {
  if (error instanceof Refusal) return error;
  if (TokenLedgerError.is(error)) {
    switch (error.code) {
      case "BUDGET_EXCEEDED":
        return budgetRefusal(error as BudgetExceeded, [], undefined);
      case "RATE_LIMIT_EXCEEDED":
        return new Refusal(429, "rate_limit_exceeded", error.message, { retryAfterMs: retryAfterOf(error) ?? UNKNOWN_RETRY_MS });
      case "UNPRICED_MODEL":
        return new Refusal(402, "unpriced_model", "No price is known for this model, so that no budget can hold for it.", {
          headers: NO_RETRY,
        });
      case "ALREADY_SETTLED":
        return new Refusal(409, "request_id_used", "A call with this x-tokenledger-request-id was made before.", { headers: NO_RETRY });
      case "INVALID_INPUT":
        return new Refusal(400, "invalid_request", error.message);
      case "DATABASE_ERROR":
        report(`the book can't be reached: ${error.message}`);
        return new Refusal(503, "store_unavailable", "The gateway's book can't be reached at the moment.", {
          retryAfterMs: STORE_RETRY_MS,
        });
      default:
        break;
    }
  }
  report(`unexpected: ${error instanceof Error ? `${error.name}: ${error.message}` : typeof error}`);
  return new Refusal(500, "internal_error", "The gateway failed.");
}

function retryAfterOf(error: TokenLedgerError): number | undefined {
  return "retryAfterMs" in error && typeof error.retryAfterMs === "number" ? error.retryAfterMs : undefined;
}

/**
 * Blocking goes before limiting: a client that is told to come back would come in vain.
 *
 * @param counting the budgets that count the call, with their scopes
 */
export function budgetRefusal(error: BudgetExceeded, counting: readonly BudgetDefinition[], caller: Caller | undefined): Refusal {
  const refusing = error.breaches.filter(({ refuses }) => refuses);
  const message = budgetMessage(refusing, counting, caller);
  const isRate = refusing.length > 0 && refusing.every(({ enforcement }) => enforcement === "rate_limit");
  if (!isRate) return new Refusal(402, "budget_exceeded", message, { headers: NO_RETRY });
  return new Refusal(429, "budget_exceeded", message, { retryAfterMs: error.retryAfterMs ?? UNKNOWN_RETRY_MS });
}

/** Names budgets of the caller's own, and tells of others only that there is one: what others have spent is theirs. */
function budgetMessage(refusing: readonly Breach[], counting: readonly BudgetDefinition[], caller: Caller | undefined): string {
  const names = new Set<string>();
  for (const { budget } of refusing) {
    const definition = counting.find(({ name }) => name === budget);
    if (budget !== undefined && definition !== undefined && isOwn(definition, caller)) names.add(JSON.stringify(budget));
  }
  if (names.size === 0) return "A budget that counts this call does not allow it.";
  return `The budget ${[...names].join(", ")} does not allow this call: what it has left is less than the call may cost. A lower limit of output tokens lowers that.`;
}

function isOwn({ scope }: BudgetDefinition, caller: Caller | undefined): boolean {
  if (caller === undefined) return false;
  const { key } = caller;
  if (key === undefined || key.role === "admin") return true;
  if (scope.key !== undefined || scope.user !== undefined) return true;
  return (scope.team !== undefined && key.team !== undefined) || (scope.project !== undefined && key.project !== undefined);
}
