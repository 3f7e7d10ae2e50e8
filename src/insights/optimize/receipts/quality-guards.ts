/** Whether calls fare worse since a rule was applied: figures that records have without anybody reading an answer. */
import { rounded } from "../../rounding.ts";
import { type CountedShare, differenceOfShares, shareOf } from "../belief/two-shares.ts";
import type { Call } from "../replay/call.ts";
import type { GuardDocument } from "./receipt-document.ts";

/** With fewer on either side, the range of a difference tells nothing. */
const FEWEST = 30;
/** Who asks again so soon may not have had the answer. */
const SOON_MS = 5 * 60_000;
const MOST_SESSIONS = 100_000;

const FAILED = /^(?:error|fail|rate_limited|timeout)/;

type GuardName = GuardDocument["name"];

/** Calls that are compared with others: counted by what became of them. */
export class GuardedCalls {
  calls = 0;
  #failed = 0;
  #retried = 0;
  #told = 0;
  #truncated = 0;
  #inSessions = 0;
  #followed = 0;

  add({ terms, facts, session }: Call): void {
    this.calls++;
    if (terms.status !== undefined && FAILED.test(terms.status)) this.#failed++;
    if (terms.attempt > 1) this.#retried++;
    if (facts !== undefined) this.#told++;
    if (facts?.isTruncated === true) this.#truncated++;
    if (session !== 0) this.#inSessions++;
  }

  addFollowUp(): void {
    this.#followed++;
  }

  share(name: GuardName): CountedShare {
    switch (name) {
      case "errors":
        return { hits: this.#failed, of: this.calls };
      case "retries":
        return { hits: this.#retried, of: this.calls };
      case "length_stops":
        return { hits: this.#truncated, of: this.#told };
      case "follow_ups":
        return { hits: this.#followed, of: this.#inSessions };
    }
  }
}

/** Which calls were followed by another one of their session. */
export class FollowUps {
  readonly #last = new Map<number, { calls: GuardedCalls; timestampMs: number }>();

  take({ session, timestampMs }: Call, calls: GuardedCalls): void {
    if (session === 0) return;
    const last = this.#last.get(session);
    if (last !== undefined && timestampMs - last.timestampMs <= SOON_MS) last.calls.addFollowUp();
    // The session that was quiet the longest stands first.
    this.#last.delete(session);
    this.#last.set(session, { calls, timestampMs });
    if (this.#last.size <= MOST_SESSIONS) return;
    const [oldest] = this.#last.keys();
    if (oldest !== undefined) this.#last.delete(oldest);
  }
}

const NAMES: Readonly<Record<GuardName, string>> = {
  errors: "Failed",
  retries: "Were made again",
  length_stops: "Were stopped by their limit of output",
  follow_ups: "Were followed by another call of their session within five minutes",
};

/** Those for which both sides tell enough. @param kept where it is too few, `before` is compared with */
export function guardsOf(since: GuardedCalls, kept: GuardedCalls | undefined, before: GuardedCalls): GuardDocument[] {
  const guards: GuardDocument[] = [];
  for (const name of Object.keys(NAMES) as GuardName[]) {
    const isKept = kept !== undefined && kept.share(name).of >= FEWEST;
    const [own, other] = [since.share(name), (isKept ? kept : before).share(name)];
    if (own.of < FEWEST || other.of < FEWEST || own.hits + other.hits === 0) continue;
    guards.push(guardOf(name, own, other, isKept ? "kept" : "before"));
  }
  return guards;
}

function guardOf(name: GuardName, own: CountedShare, other: CountedShare, comparedWith: GuardDocument["compared_with"]): GuardDocument {
  const { low, high } = differenceOfShares(own, other);
  const verdict = low > 0 ? "worse" : high < 0 ? "better" : "no difference shown";
  const those = comparedWith === "kept" ? "of those kept back" : "before";
  return {
    name,
    calls: own.of,
    share: rounded(shareOf(own)),
    compared_with: comparedWith,
    compared_calls: other.of,
    compared_share: rounded(shareOf(other)),
    difference: { low: rounded(low), high: rounded(high) },
    verdict,
    sentence:
      `${NAMES[name]}: ${percent(shareOf(own))} of ${own.of} calls, ${percent(shareOf(other))} ${those} (${other.of}); ` +
      `the difference is between ${points(low)} and ${points(high)} points: ${verdict}.`,
  };
}

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
const points = (share: number): string => `${share >= 0 ? "+" : "−"}${Math.abs(100 * share).toFixed(1)}`;
