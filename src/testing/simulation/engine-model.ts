/** Pools and windows once more, as lists of all that happened, added up anew for every question. */

export interface Figures {
  input: number;
  output: number;
  nanoUsd: number;
}

type Cap = "input" | "output" | "total" | "nanoUsd";

/** Something that counts in an account, from `atMs` on. */
export interface Event extends Figures {
  atMs: number;
  /** Set aside, and not used yet. */
  isHeld: boolean;
}

export interface ModelAccount {
  name: string;
  caps: Partial<Record<Cap, number>>;
  /** Of windows: how long they are, and by how much longer they may count what has been. */
  durationMs?: number;
  slackMs: number;
  events: Set<Event>;
}

export type Bound = "least" | "most";

export function countedIn(account: ModelAccount, nowMs: number, bound: Bound, heldOnly = false): Figures & { calls: number } {
  const sum = { input: 0, output: 0, nanoUsd: 0, calls: 0 };
  const reachMs =
    account.durationMs === undefined ? Number.POSITIVE_INFINITY : account.durationMs + (bound === "most" ? account.slackMs : 0);
  for (const event of account.events) {
    if (nowMs - event.atMs >= reachMs || (heldOnly && !event.isHeld)) continue;
    sum.input += event.input;
    sum.output += event.output;
    sum.nanoUsd += event.nanoUsd;
    sum.calls += 1;
  }
  return sum;
}

/** Whether the figures fit under the account's caps, where it counts as little, or as much, as it may. */
export function fits(account: ModelAccount, adding: Figures, nowMs: number, bound: Bound): boolean {
  const counted = countedIn(account, nowMs, bound);
  const held = (cap: Cap, figures: Figures): number => (cap === "total" ? figures.input + figures.output : figures[cap]);
  return (Object.keys(account.caps) as Cap[]).every(
    (cap) => held(cap, adding) === 0 || held(cap, counted) + held(cap, adding) <= (account.caps[cap] as number),
  );
}

/** Whether the caps hold for what is counted at least. */
export function isWithinCaps(account: ModelAccount, nowMs: number): boolean {
  const { input, output, nanoUsd } = countedIn(account, nowMs, "least");
  const { caps } = account;
  const most = Number.POSITIVE_INFINITY;
  return (
    input <= (caps.input ?? most) &&
    output <= (caps.output ?? most) &&
    input + output <= (caps.total ?? most) &&
    nanoUsd <= (caps.nanoUsd ?? most)
  );
}
