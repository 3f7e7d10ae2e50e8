/** The book's virtual keys: made, shown, replaced, ended. Loaded when first needed. */
import { randomBytes, timingSafeEqual } from "node:crypto";
import type { KeyRules } from "../budget/index.ts";
import { InvalidInput, NameInUse, quoteValue } from "../errors.ts";
import { actorOf } from "./audit-entry.ts";
import { checkedRules, checkName } from "./key-rules.ts";
import type { KeyChanges, KeyStore, StoredKey } from "./key-store.ts";
import { type KeyText, makeKey, type RandomBytes, readKey } from "./key-text.ts";
import type { LedgerKeys, VirtualKey } from "./ledger.ts";
import { keyNote } from "./schema/audit-notes.ts";

const CONFIG = "config";
const LIBRARY = "library";
/** Whoever shows a key that nobody has is compared with this one. */
const NOBODYS_DIGEST = Buffer.alloc(32);
const SHORTEST_KEY = 20;
const LONGEST_KEY = 512;
/** What can stand in a header. */
const KEY_CHARACTERS = /^[\x21-\x7e]*$/;
const LONGEST_GRACE_MS = 366 * 86_400_000;

type ConfiguredKey = { name: string; key: string } & KeyRules;

export class BookKeys implements LedgerKeys {
  readonly #store: KeyStore;
  readonly #randomBytes: RandomBytes;

  constructor(store: KeyStore, random: RandomBytes = randomBytes) {
    this.#store = store;
    this.#randomBytes = random;
  }

  async create(
    name: string,
    rules: KeyRules = {},
    origin: string = LIBRARY,
    actor: string = actorOf(origin),
  ): Promise<{ key: string; created: VirtualKey }> {
    checkName(name, "A key's name");
    checkName(origin, "A key's origin");
    if (origin === CONFIG) throw new InvalidInput(`The origin ${CONFIG} is the configuration's own; give another one.`);
    const checked = checkedRules(rules, `key ${quoteValue(name)}`);
    const { stored, text } = await this.#add((text, keys, nowMs) => {
      if (checked.expiresMs !== undefined && checked.expiresMs <= nowMs)
        throw new InvalidInput(`key ${quoteValue(name)}: expiresMs ${checked.expiresMs} lies in the past; give an instant to come.`);
      assertNameFree(keys, name);
      const created = newKey(text, name, checked, origin, nowMs);
      return { put: [created], notes: [keyNote("key.created", undefined, created, actor)] };
    });
    return { key: text.key, created: shown(stored, stored.createdMs) };
  }

  async list(): Promise<VirtualKey[]> {
    const { keys, nowMs } = await this.#store.keys();
    return keys.map((key) => withGrace(shown(key, nowMs), key, keys, nowMs));
  }

  async rotate(
    idOrName: string,
    { graceMs = 0 }: { graceMs?: number } = {},
    actor: string = LIBRARY,
  ): Promise<{ key: string; rotated: VirtualKey }> {
    if (!(Number.isSafeInteger(graceMs) && graceMs >= 0 && graceMs <= LONGEST_GRACE_MS))
      throw new InvalidInput(`graceMs is ${quoteValue(graceMs)}; give whole milliseconds from 0 to 366 days.`);
    const { stored, text, put } = await this.#add((text, keys, nowMs) => {
      const old = currentKey(keys, idOrName, nowMs);
      const rotated = newKey(text, old.name, old.rules, old.origin, nowMs);
      const notes = [keyNote("key.rotated", old, rotated, actor)];
      return { put: [rotated, { ...old, replacedUntilMs: nowMs + graceMs }], notes };
    });
    return { key: text.key, rotated: withGrace(shown(stored, stored.createdMs), stored, put, stored.createdMs) };
  }

  async revoke(idOrName: string, actor: string = LIBRARY): Promise<boolean> {
    let isRevoked = false;
    await this.#store.changeKeys((keys, nowMs) => {
      const alive = named(keys, idOrName, nowMs).filter((key) => isAlive(key, nowMs));
      const put = alive.map((key): StoredKey => ({ ...key, revokedMs: nowMs }));
      isRevoked = put.length > 0;
      return { put, notes: put.map((key, place) => keyNote("key.revoked", alive[place], key, actor)) };
    });
    return isRevoked;
  }

  async replaceConfigured(configured: readonly ConfiguredKey[]): Promise<void> {
    if (!Array.isArray(configured)) throw new InvalidInput(`${quoteValue(typeof configured)} is no list of keys.`);
    const wanted = configured.map(checkedKey);
    assertDistinct(wanted);
    await this.#store.changeKeys((keys, nowMs) => configuredChanges(keys, wanted, nowMs));
  }

  async authenticate(key: string): Promise<VirtualKey | undefined> {
    if (typeof key !== "string" || key.length < SHORTEST_KEY || key.length > LONGEST_KEY) return undefined;
    const text = readKey(key);
    if (text === undefined) return undefined;
    const { key: stored, nowMs } = await this.#store.key(text.id);
    const isSame = timingSafeEqual(text.digest, stored?.digest ?? NOBODYS_DIGEST);
    return isSame && stored !== undefined && !hasEnded(stored, nowMs) ? shown(stored, nowMs) : undefined;
  }

  revision(): Promise<number> {
    return this.#store.keysRevision();
  }

  async touch(lastUsedMsById: ReadonlyMap<string, number>): Promise<void> {
    for (const [id, usedMs] of lastUsedMsById) {
      if (!Number.isSafeInteger(usedMs) || usedMs < 0)
        throw new InvalidInput(`key ${quoteValue(id)} was last used at ${quoteValue(usedMs)}; give whole milliseconds since 1970.`);
    }
    if (lastUsedMsById.size > 0) await this.#store.touchKeys(lastUsedMsById);
  }

  /** @param decide what becomes of a new key, which comes first of what is put */
  async #add(
    decide: (text: KeyText, keys: readonly StoredKey[], nowMs: number) => KeyChanges,
  ): Promise<{ stored: StoredKey; text: KeyText; put: readonly StoredKey[] }> {
    let added: { stored: StoredKey; text: KeyText; put: readonly StoredKey[] } | undefined;
    await this.#store.changeKeys((keys, nowMs) => {
      let text = makeKey(this.#randomBytes);
      while (keys.some(({ id }) => id === text.id)) text = makeKey(this.#randomBytes);
      const changes = decide(text, keys, nowMs);
      added = { stored: changes.put[0] as StoredKey, text, put: changes.put };
      return changes;
    });
    return added as NonNullable<typeof added>;
  }
}

function newKey({ id, digest, last4 }: KeyText, name: string, rules: KeyRules, origin: string, createdMs: number): StoredKey {
  return { id, name, digest, last4, rules, origin, createdMs };
}

/** From when on a key that was not revoked is accepted no more. */
function endOf({ rules, replacedUntilMs }: StoredKey): number {
  return Math.min(rules.expiresMs ?? Number.POSITIVE_INFINITY, replacedUntilMs ?? Number.POSITIVE_INFINITY);
}

export function hasEnded(key: StoredKey, nowMs: number): boolean {
  return key.revokedMs !== undefined || nowMs >= endOf(key);
}

/** Whether the name is this key's alone. One that has expired keeps its name until it is revoked. */
function isCurrent({ revokedMs, replacedUntilMs }: StoredKey): boolean {
  return revokedMs === undefined && replacedUntilMs === undefined;
}

/** Whether there is something left to be revoked. */
function isAlive({ revokedMs, replacedUntilMs }: StoredKey, nowMs: number): boolean {
  return revokedMs === undefined && (replacedUntilMs === undefined || nowMs < replacedUntilMs);
}

/** One that was replaced expires with its grace, and was ended by then afterwards. */
export function shown(key: StoredKey, nowMs: number): VirtualKey {
  const { id, name, rules, last4, origin, createdMs, lastUsedMs, replacedUntilMs } = key;
  const isOver = replacedUntilMs !== undefined && nowMs >= replacedUntilMs;
  const revokedMs = key.revokedMs ?? (isOver ? replacedUntilMs : undefined);
  const endMs = endOf(key);
  return {
    ...rules,
    role: rules.role ?? "member",
    ...(Number.isFinite(endMs) ? { expiresMs: endMs } : {}),
    id,
    name,
    last4,
    origin,
    createdMs,
    ...(revokedMs === undefined ? {} : { revokedMs }),
    ...(lastUsedMs === undefined ? {} : { lastUsedMs }),
  };
}

function withGrace(virtualKey: VirtualKey, key: StoredKey, keys: readonly StoredKey[], nowMs: number): VirtualKey {
  if (!isCurrent(key)) return virtualKey;
  const replaced = keys.filter((one) => one.name === key.name && one.replacedUntilMs !== undefined && !hasEnded(one, nowMs));
  return replaced.length === 0 ? virtualKey : { ...virtualKey, graceUntilMs: Math.max(...replaced.map(endOf)) };
}

/** The keys of this name, or else the one of this id; those that are over only where there are no others. */
function named(keys: readonly StoredKey[], idOrName: string, nowMs: number): StoredKey[] {
  checkName(idOrName, "A key's id or name");
  const ofName = keys.filter(({ name }) => name === idOrName);
  const ofId = keys.filter(({ id }) => id === idOrName);
  return ofName.some((key) => isAlive(key, nowMs)) || ofId.length === 0 ? ofName : ofId;
}

function currentKey(keys: readonly StoredKey[], idOrName: string, nowMs: number): StoredKey {
  const found = named(keys, idOrName, nowMs);
  const key = found.find(isCurrent);
  const ended = found.at(-1);
  if (key === undefined) {
    if (ended === undefined)
      throw new InvalidInput(`No key has the id or the name ${quoteValue(idOrName)}; list them to see which there are.`);
    const how = ended.revokedMs === undefined ? "replaced by a newer one" : "revoked";
    throw new InvalidInput(
      `The key ${ended.id} of the name ${quoteValue(ended.name)} was ${how} already; name the one that is in use, or create one.`,
    );
  }
  if (key.origin === CONFIG) throw new InvalidInput(`The key ${quoteValue(key.name)} stands in the configuration; change it there.`);
  if (hasEnded(key, nowMs)) throw new InvalidInput(`The key ${quoteValue(key.name)} has expired; revoke it and create a new one.`);
  return key;
}

function assertNameFree(keys: readonly StoredKey[], name: string): void {
  const holder = keys.find((key) => key.name === name && isCurrent(key));
  if (holder === undefined) return;
  throw new NameInUse(
    `The name ${quoteValue(name)} is in use by key ${holder.id}${holder.origin === CONFIG ? " of the configuration" : ""}; revoke that one first, or take another name.`,
  );
}

interface WantedKey {
  name: string;
  text: KeyText;
  rules: KeyRules;
}

/** No message repeats a key's text. */
function checkedKey(given: ConfiguredKey): WantedKey {
  if (typeof given !== "object" || given === null) throw new InvalidInput("A configured key is not an object with name and key.");
  const { name, key, ...rules } = given;
  checkName(name, "A configured key's name");
  const place = `key ${quoteValue(name)}`;
  if (typeof key !== "string" || key.length < SHORTEST_KEY || key.length > LONGEST_KEY || !KEY_CHARACTERS.test(key))
    throw new InvalidInput(
      `${place}: give ${SHORTEST_KEY} to ${LONGEST_KEY} random letters, digits and signs, without spaces, as its key.`,
    );
  const text = readKey(key);
  if (text === undefined)
    throw new InvalidInput(
      `${place}: its key has a typing error in it: it begins as the book's own keys do, and its last eight characters don't fit the others.`,
    );
  return { name, text, rules: checkedRules(rules, place) };
}

function assertDistinct(wanted: readonly WantedKey[]): void {
  const names = new Set<string>();
  const nameById = new Map<string, string>();
  for (const { name, text } of wanted) {
    if (names.has(name)) throw new InvalidInput(`key ${quoteValue(name)} stands there twice; each name is one key.`);
    const other = nameById.get(text.id);
    if (other !== undefined) throw new InvalidInput(`keys ${quoteValue(other)} and ${quoteValue(name)} are the same; give each its own.`);
    names.add(name);
    nameById.set(text.id, name);
  }
}

function configuredChanges(keys: readonly StoredKey[], wanted: readonly WantedKey[], nowMs: number): KeyChanges {
  const byId = new Map(keys.map((key) => [key.id, key]));
  const wantedIds = new Set(wanted.map(({ text }) => text.id));
  const isGone = ({ id, origin }: StoredKey): boolean => origin === CONFIG && !wantedIds.has(id);
  const staying = keys.filter((key) => !isGone(key));
  const put = wanted.flatMap(({ name, text, rules }): StoredKey[] => {
    const ofId = byId.get(text.id);
    if (ofId !== undefined && ofId.origin !== CONFIG)
      throw new InvalidInput(
        `key ${quoteValue(name)}: its key is in the book already, as ${quoteValue(ofId.name)}; give it one of its own.`,
      );
    const known = ofId !== undefined && Buffer.compare(ofId.digest, text.digest) === 0 ? ofId : undefined;
    // What was revoked stays revoked for as long as the configuration names it.
    if (known?.revokedMs === undefined)
      assertNameFree(
        staying.filter(({ origin }) => origin !== CONFIG),
        name,
      );
    const key: StoredKey = { ...newKey(text, name, rules, CONFIG, nowMs), ...known, name, rules };
    return known !== undefined && known.name === name && isSameRules(known.rules, rules) ? [] : [key];
  });
  const gone = keys.filter(isGone);
  const notes = [
    ...put.map((key) => keyNote(byId.has(key.id) ? "key.changed" : "key.created", byId.get(key.id), key, CONFIG)),
    ...gone.map((key) => keyNote("key.removed", key, undefined, CONFIG)),
  ];
  return { put, remove: gone.map(({ id }) => id), notes };
}

function isSameRules(one: KeyRules, other: KeyRules): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
