/** Which models a key may call: answered without asking any provider. */
import type { Upstream } from "../upstreams/upstream.ts";
import type { Caller } from "./access/caller.ts";
import { maySeeModel } from "./access/key-policy.ts";

interface ModelEntry {
  id: string;
  object: "model";
  created: number;
  owned_by: string;
}

export function modelsFor(caller: Caller, upstreams: readonly Upstream[]): ModelEntry[] {
  const owners = new Map<string, string>();
  for (const { name, models } of upstreams) {
    for (const model of models) if (!owners.has(model) && maySeeModel(caller, model)) owners.set(model, name);
  }
  return [...owners].sort(([a], [b]) => (a < b ? -1 : 1)).map(([id, owner]) => entry(id, owner));
}

/** Also one that no list names, where a provider takes its kind. */
export function modelFor(caller: Caller, upstreams: readonly Upstream[], model: string): ModelEntry | undefined {
  if (!maySeeModel(caller, model)) return undefined;
  const owner = upstreams.find((upstream) => upstream.lists(model));
  return owner && entry(model, owner.name);
}

function entry(id: string, owner: string): ModelEntry {
  return { id, object: "model", created: 0, owned_by: owner };
}
