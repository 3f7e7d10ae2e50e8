/**
 * Who looks at the page, as the server says: asked again while the page is seen, so that the end of a session, another's sign-in in
 * another tab and a newer server are noticed where nobody asks for anything. When somebody else has signed in, nothing of what the one
 * before was told stays.
 */
import { useSyncExternalStore } from "react";
import { ApiError, askServer } from "../api/client.ts";
import { connection } from "../api/connection.ts";
import type { SessionDocument } from "../api/documents.ts";
import { questions } from "../api/questions.ts";
import { localDayOf } from "../format/instants.ts";

const AGAIN_MS = 15_000;
/** Tabs of this browser share a session's cookie. */
const CHANNEL = "tokenledger-session";

export interface Visit {
  /** Another one for each visitor: what is drawn for one is never drawn for the next. */
  number: number;
  session: SessionDocument | undefined;
  /** The clock here when the session was told. */
  heardMs: number;
  /** Why it is not known who asks, where the server says neither that nor that he is nobody. */
  error: ApiError | undefined;
  /** The server is not of the version that this page came from. */
  isOfOtherVersion: boolean;
  /** A key's session has ended, and the server takes the machine itself for who asks: for whoever sits there to choose. */
  machine: SessionDocument | undefined;
}

let visit: Visit = { number: 0, session: undefined, heardMs: 0, error: undefined, isOfOtherVersion: false, machine: undefined };
let ownVersion: string | undefined;
const listeners = new Set<() => void>();
const otherTabs = typeof BroadcastChannel === "undefined" ? undefined : new BroadcastChannel(CHANNEL);

export function useVisit(): Visit {
  return useSyncExternalStore(
    (changed) => {
      listeners.add(changed);
      return () => listeners.delete(changed);
    },
    () => visit,
  );
}

/** Asks now and from time to time, for as long as the page is open. */
export function beginVisit(): void {
  void look();
  setInterval(() => document.visibilityState === "visible" && void look(), AGAIN_MS);
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && void look());
  connection.listen((state, before) => state === "ok" && before === "lost" && void look());
  otherTabs?.addEventListener("message", () => void look());
}

/** Asks who looks at the page. Whoever is known again was signed in elsewhere. */
export async function look(): Promise<void> {
  // While the server is away, the connection itself looks for it.
  if (connection.state === "lost") return;
  const wasExpired = connection.state === "expired";
  try {
    const session = await askWho();
    const hadKey = visit.session !== undefined && visit.session.key_id !== null;
    if (wasExpired && hadKey && session.key_id === null) {
      become({ ...visit, machine: session });
      return;
    }
    met(session);
    if (wasExpired) connection.signedIn();
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    // With this refusal the server has taken a dead session's cookie back: without it, it may know who asks.
    if (error.status === 401 && !wasExpired) void look();
    if (visit.session === undefined && error.status !== 401 && error.status !== 0) become({ ...visit, error });
  }
}

/** Whoever sits at the machine goes on without the key whose session has ended. */
export function goOnAsMachine(): void {
  if (visit.machine === undefined) return;
  met(visit.machine);
  connection.signedIn();
}

export function askWho(): Promise<SessionDocument> {
  return askServer<SessionDocument>("/api/v1/session");
}

/** The other tabs find out who they speak for now. */
export function tellOtherTabs(): void {
  otherTabs?.postMessage("changed");
}

/** The server has said who asks. */
export function met(session: SessionDocument): void {
  const { session: before, number } = visit;
  ownVersion ??= session.version;
  const isOther = before !== undefined && identityOf(before) !== identityOf(session);
  if (isOther) questions.clear();
  if (before !== undefined && !isOther && isAsBefore(before, session)) return;
  become({
    number: isOther ? number + 1 : number,
    session,
    heardMs: Date.now(),
    error: undefined,
    isOfOtherVersion: session.version !== ownVersion,
    machine: undefined,
  });
}

function become(next: Visit): void {
  visit = next;
  for (const listener of listeners) listener();
}

/** What decides on which answers one is given. */
function identityOf({ role, key_id, org, team, user, project, reaches_everything, book }: SessionDocument): string {
  return JSON.stringify([role, key_id, org, team, user, project, reaches_everything, book]);
}

/** Whether nothing but the clock has gone on, and that not into another day. */
function isAsBefore(before: SessionDocument, now: SessionDocument): boolean {
  const dayOf = (session: SessionDocument): string => localDayOf(Date.parse(session.now), session.time_zone);
  return JSON.stringify({ ...before, now: dayOf(before) }) === JSON.stringify({ ...now, now: dayOf(now) });
}
