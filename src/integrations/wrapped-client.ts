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
  /** Of Azure's clients. */
  apiVersion?: string;
  deploymentName?: string;
  /** What it was made with. */
  _options?: { apiKey?: unknown };
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
  const layer: Layer = { calls: new BudgetedCalls(options), provider: options.provider, vendor: vendor.name };
  const before = WRAPPED.get(given);
  return wrap(given, { layers: [...(before?.layers ?? []), layer], inner: before?.inner ?? given.fetch }) as unknown as C;
}

/** One budget's. */
interface Layer {
  calls: BudgetedCalls;
  provider: string | undefined;
  vendor: string;
}

/** What a wrapped client is made of. */
interface Wrapping {
  /** The first is nearest to the provider. */
  layers: readonly Layer[];
  inner: Fetch;
}

type Refusals = WeakMap<Headers, Error>;

/** A client that is wrapped again has every budget once, whatever is made of it. */
const WRAPPED = new WeakMap<object, Wrapping & Pick<Client, "withOptions">>();

function wrap(client: Client, { layers, inner }: Wrapping): Client {
  const refusals: Refusals = new WeakMap();
  let fetch = inner;
  for (const { calls, provider, vendor } of layers)
    fetch = budgetedFetch(fetch, calls, new CallPaths({ provider, client: { vendor, baseUrl: client.baseURL } }));
  const withOptions = WRAPPED.get(client)?.withOptions ?? client.withOptions;
  return restored(withOptions.call(client, { ...forgotten(client), fetch: refusing(fetch, refusals) }), { refusals, layers, inner });
}

function isClient(value: unknown): value is Client {
  return hasMethods(value, "withOptions", "fetch", "makeStatusError") && typeof (value as { baseURL?: unknown }).baseURL === "string";
}

/** What older versions do not hand on to a client that is made of another: Azure's own options, and a key that is asked for anew each time. */
function forgotten({ apiVersion, deploymentName, _options }: Client): object {
  return {
    ...(apiVersion === undefined ? {} : { apiVersion }),
    ...(deploymentName === undefined ? {} : { deployment: deploymentName }),
    ...(typeof _options?.apiKey === "function" ? { apiKey: _options.apiKey } : {}),
  };
}

/** Makes of a wrapped client's errors what they were, and of clients that are made of it wrapped ones. */
function restored(wrapped: Client, about: Wrapping & { refusals: Refusals }): Client {
  const { refusals, layers, inner } = about;
  const { makeStatusError, withOptions } = wrapped;
  WRAPPED.set(wrapped, { layers, inner, withOptions });
  return Object.defineProperties(wrapped, {
    makeStatusError: {
      value: (status: number, error: unknown, message: string | undefined, headers: Headers): Error =>
        refusals.get(headers) ?? makeStatusError.call(wrapped, status, error, message, headers),
    },
    withOptions: {
      value: (changes: { fetch?: Fetch }): Client => {
        const other = withOptions.call(wrapped, { ...forgotten(wrapped), ...changes });
        // It has this one's fetch, with its budget, unless it was given one of its own, or goes elsewhere.
        const isAlike = changes.fetch === undefined && other.baseURL === wrapped.baseURL;
        return isAlike ? restored(other, about) : wrap(other, { layers, inner: changes.fetch ?? inner });
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
