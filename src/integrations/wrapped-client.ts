/** A vendor's client that asks for a budget before it asks for an answer: another one of the same class, which the given one knows nothing of. */
import { InvalidInput, TokenLedgerError } from "../errors.ts";
import { type BudgetOptions, hasMethods, kindOf } from "./budget-options.ts";
import { BudgetedCalls } from "./budgeted-calls.ts";
import { budgetedFetch, type Fetch } from "./budgeted-fetch.ts";
import { CallPaths } from "./call-paths.ts";

/** What the vendors' clients have in common, as far as it is used here. */
interface Client {
  baseURL: string;
  fetch: Fetch;
  withOptions(options: { fetch?: Fetch }): Client;
  makeStatusError(status: number, error: unknown, message: string | undefined, headers: Headers): Error;
}

export interface Vendor {
  /** As prices name it. */
  name: string;
  /** For the sentence that says what is accepted. */
  example: string;
}

/** @throws InvalidInput */
export function wrappedClient<C extends object>(given: C, options: BudgetOptions, vendor: Vendor): C {
  if (!isClient(given)) throw new InvalidInput(`client: ${kindOf(given)} is no client that can be wrapped; give ${vendor.example}.`);
  const calls = new BudgetedCalls(options);
  const wrap: Wrap = (client, inner) => {
    const paths = new CallPaths({ provider: options.provider, client: { vendor: vendor.name, baseUrl: client.baseURL } });
    const refusals: Refusals = new WeakMap();
    const fetch = refusing(budgetedFetch(inner, calls, paths), refusals);
    return restored(client.withOptions({ fetch }), { refusals, inner, wrap });
  };
  return wrap(given, given.fetch) as unknown as C;
}

type Refusals = WeakMap<Headers, Error>;
type Wrap = (client: Client, inner: Fetch) => Client;

function isClient(value: unknown): value is Client {
  return hasMethods(value, "withOptions", "fetch", "makeStatusError") && typeof (value as { baseURL?: unknown }).baseURL === "string";
}

/** Makes of a wrapped client's errors what they were, and of clients that are made of it wrapped ones. */
function restored(wrapped: Client, about: { refusals: Refusals; inner: Fetch; wrap: Wrap }): Client {
  const { refusals, inner, wrap } = about;
  const { makeStatusError, withOptions } = wrapped;
  return Object.defineProperties(wrapped, {
    makeStatusError: {
      value: (status: number, error: unknown, message: string | undefined, headers: Headers): Error =>
        refusals.get(headers) ?? makeStatusError.call(wrapped, status, error, message, headers),
    },
    withOptions: {
      value: (changes: { fetch?: Fetch }): Client => {
        const other = withOptions.call(wrapped, changes);
        // It has this one's fetch, with its budget, unless it was given one of its own, or goes elsewhere.
        const isAlike = changes.fetch === undefined && other.baseURL === wrapped.baseURL;
        return isAlike ? restored(other, about) : wrap(other, changes.fetch ?? inner);
      },
    },
  });
}

/**
 * These clients try again what a fetch throws, and wrap it. So a refusal is told as a reply that is not to be tried again, of which
 * `makeStatusError` makes the very error that was thrown.
 */
function refusing(fetch: Fetch, refusals: WeakMap<Headers, Error>): Fetch {
  return async (input, init) => {
    try {
      return await fetch(input, init);
    } catch (error) {
      if (!TokenLedgerError.is(error)) throw error;
      const refusal = new Response(null, { status: 402, headers: { "x-should-retry": "false" } });
      refusals.set(refusal.headers, error);
      return refusal;
    }
  };
}
