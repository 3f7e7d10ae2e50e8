/**
 * What providers keep of calls, by its ids: whoever names one must be who it belongs to. All others get the same answer for it as for
 * an id that nobody has, and no provider hears of it.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { CallOwner, Ledger } from "../../ledger/index.ts";
import type { Reading, RequestReading, WireFormat } from "../../providers/index.ts";
import { Refusal } from "../http/refusal.ts";
import type { Upstream } from "../upstreams/upstream.ts";
import type { Upstreams } from "../upstreams/upstreams.ts";
import type { Caller } from "./access/caller.ts";
import { mayAskFor } from "./access/work-owner.ts";

/** Known here without the book being asked; each belongs to one owner for ever. */
const MOST_REMEMBERED = 50_000;
/** Another gateway may have passed the reply on a moment ago, and be about to write down whose it is. Who is refused waits, whatever the reason. */
const LOOKED_AGAIN_AFTER_MS = 250;

export interface KeptWorkOptions {
  ledger: Pick<Ledger, "ownerOf">;
  upstreams: Pick<Upstreams, "all">;
  /** Of a reply that is still on its way to the client. */
  underWay: (upstreamName: string, id: string) => CallOwner | undefined;
}

export class KeptWork {
  readonly #options: KeptWorkOptions;
  readonly #owners = new Map<string, CallOwner>();

  constructor(options: KeptWorkOptions) {
    this.#options = options;
  }

  /** The client has the reply, or is about to: it may name what is in it before the book knows of it. */
  remember(names: readonly string[], owner: CallOwner): void {
    for (const name of names) {
      if (this.#owners.has(name)) continue;
      if (this.#owners.size >= MOST_REMEMBERED) this.#owners.delete(this.#owners.keys().next().value as string);
      this.#owners.set(name, owner);
    }
  }

  /**
   * @param format in which it was made: any provider that speaks it may have it
   * @returns the provider that has it, where that is known
   * @throws Refusal 404 where the caller may not ask for it
   */
  async find(caller: Caller, format: WireFormat, id: string): Promise<Upstream | undefined> {
    const found = await this.#lookUp(caller, format, id);
    if (found.isAllowed) return found.upstream;
    await sleep(LOOKED_AGAIN_AFTER_MS);
    const again = await this.#lookUp(caller, format, id);
    if (again.isAllowed) return again.upstream;
    throw new Refusal(404, "not_found", "This gateway knows nothing of this id that this API key may ask for.");
  }

  /** @throws Refusal 404 as {@link find}, for any of them */
  async check(caller: Caller, format: WireFormat, ids: readonly string[]): Promise<void> {
    // Somebody at this machine: nothing is looked for.
    if (caller.key === undefined) return;
    await Promise.all(ids.map((id) => this.find(caller, format, id)));
  }

  async #lookUp(caller: Caller, format: WireFormat, id: string): Promise<{ isAllowed: boolean; upstream?: Upstream }> {
    for (const upstream of this.#options.upstreams.all) {
      const owner = upstream.api === format ? await this.#ownerOf(upstream, id) : undefined;
      if (owner !== undefined) return { isAllowed: mayAskFor(caller, owner), upstream };
    }
    return { isAllowed: mayAskFor(caller, undefined) };
  }

  async #ownerOf({ name }: Upstream, id: string): Promise<CallOwner | undefined> {
    const work = workName(name, id);
    const known = this.#owners.get(work) ?? this.#options.underWay(name, id);
    if (known !== undefined) return known;
    const owner = await this.#options.ledger.ownerOf(work);
    if (owner !== undefined) this.remember([work], owner);
    return owner;
  }
}

/** The name of what a provider keeps, as the book has it. */
export function workName(upstreamName: string, id: string): string {
  return `${upstreamName}:${id}`;
}

/** What a reply leaves at its provider that a later request can name. */
export function keptNames({ keepsReply }: RequestReading, upstreamName: string, { id, keptIds = [] }: Reading): string[] {
  const ids = keepsReply === true && id !== undefined ? [id, ...keptIds] : keptIds;
  return ids.map((one) => workName(upstreamName, one));
}
