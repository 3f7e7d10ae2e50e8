/** The configured providers, and who of them takes a call. */
import type { Clock } from "../../clock.ts";
import type { Config, ProviderConfig } from "../../config/index.ts";
import { quoteValue } from "../../errors.ts";
import { canonicalProvider, matchesGlob, type PriceBook } from "../../pricing/index.ts";
import type { WireFormat } from "../../providers/index.ts";
import type { NoteEvent } from "../observing/happenings.ts";
import { ConfiguredUpstream, type Upstream, type UpstreamOptions } from "./upstream.ts";

export type { Upstream } from "./upstream.ts";

export interface CallRoute {
  api: WireFormat;
  model: string;
  /** The caller's choice among several. */
  provider?: string;
}

export interface Upstreams {
  readonly all: readonly Upstream[];
  get(name: string): Upstream | undefined;
  /**
   * Who can take the call, best first: those that speak its format and list its model, in the configuration's order, each followed
   * by its fallback; those that are ailing come last. Empty where nobody lists it.
   */
  choose(call: CallRoute): readonly Upstream[];
  /** Why nobody takes the call, and what to do about it. */
  whyNone(call: CallRoute): string;
  close(): Promise<void>;
}

export interface UpstreamsOptions {
  clock: Clock;
  note: (event: NoteEvent) => void;
  book: PriceBook;
}

export function openUpstreams(config: Pick<Config, "providers">, { clock, note, book }: UpstreamsOptions): Upstreams {
  const all: ConfiguredUpstream[] = [];
  for (const [name, provider] of config.providers) {
    const { api } = provider;
    if (api !== undefined)
      all.push(new ConfiguredUpstream({ name, config: { ...provider, api }, ...modelsOf(name, provider, book), clock, note }));
  }
  const byName = new Map(all.map((upstream) => [upstream.name, upstream]));
  return {
    all,
    get: (name) => byName.get(name),
    choose: (call) => choose(all, byName, call),
    whyNone: (call) => whyNone(all, call),
    close: async () => {
      await Promise.all(all.map((upstream) => upstream.close()));
    },
  };
}

/**
 * What is routed to a provider: the models of its list; without one, those of the price book's provider of that name; and whatever
 * comes, where the book doesn't know the name either.
 */
function modelsOf(name: string, { models }: ProviderConfig, book: PriceBook): Pick<UpstreamOptions, "lists" | "models"> {
  const home = canonicalProvider(name);
  const known = (): string[] => book.entries().flatMap(({ provider, model }) => (provider === home ? [model] : []));
  const isPlain = (id: string): boolean => !id.includes("*");
  if (models === undefined) {
    const isKnown = known().length > 0;
    return {
      lists: (model) => !isKnown || book.candidates(name, model).some(({ by }) => by !== "vendor"),
      models: () => [...new Set(known().filter(isPlain))],
    };
  }
  const lists = (model: string): boolean => models.some((pattern) => matchesGlob(pattern, model));
  return { lists, models: () => [...new Set([...models, ...known().filter(lists)].filter(isPlain))] };
}

function choose(all: readonly Upstream[], byName: ReadonlyMap<string, Upstream>, { api, model, provider }: CallRoute): readonly Upstream[] {
  const found = new Set<Upstream>();
  for (const upstream of all) {
    if (upstream.api !== api || !upstream.lists(model) || (provider !== undefined && upstream.name !== provider)) continue;
    for (let next: Upstream | undefined = upstream; next !== undefined && !found.has(next); next = byName.get(next.fallback ?? "")) {
      if (next.api === api) found.add(next);
    }
  }
  const list = [...found];
  if (list.length < 2 || list.every(({ state }) => state === "closed")) return list;
  return [...list.filter(({ state }) => state !== "open"), ...list.filter(({ state }) => state === "open")];
}

function whyNone(all: readonly Upstream[], { api, model, provider }: CallRoute): string {
  const speaking = all.filter((upstream) => upstream.api === api);
  if (speaking.length === 0) return `No provider of the format ${api} is configured: add one under providers in tokenledger.yaml.`;
  if (provider !== undefined) {
    const named = all.find(({ name }) => name === provider);
    if (named === undefined) return `No provider of the name that x-tokenledger-provider gives is configured.`;
    if (named.api !== api) return `The provider ${named.name} speaks the format ${named.api}, not ${api}.`;
    return `The provider ${named.name} doesn't list the model ${quoteValue(model)}: name it in its models in tokenledger.yaml.`;
  }
  const elsewhere = all.find((upstream) => upstream.api !== api && upstream.lists(model));
  if (elsewhere !== undefined)
    return `The provider ${elsewhere.name} lists the model ${quoteValue(model)}, but speaks the format ${elsewhere.api}, not ${api}: formats are not translated.`;
  return `No configured provider of the format ${api} lists the model ${quoteValue(model)}: name it in the models of one in tokenledger.yaml, where * stands for any characters.`;
}
