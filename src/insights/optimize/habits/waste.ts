/**
 * Calls that need not have been made, found while all calls pass by in the order of time. What normal work looks like must never be found
 * here: people who ask twice, several answers drawn to one question, jobs whose calls are all of one size, tries again after a failure.
 */
import type { Call, CallTerms, DisjointTokens } from "../replay/call.ts";
import { type Cell, FLAGS } from "../replay/cell.ts";
import { retokeningOf } from "../replay/cell-book.ts";
import type { CallFlagger, CallObserver } from "../replay/watching.ts";
import { Recent } from "./recent.ts";

const MINUTE_MS = 60_000;
/** How long an answer could have been kept for the same question. */
const ANSWER_KEPT_MS = 60 * MINUTE_MS;
const CHAIN_KEPT_MS = 10 * MINUTE_MS;
const TRUNCATED_AGAIN_MS = 2 * MINUTE_MS;
const SENT_AGAIN_MS = MINUTE_MS;
const MOST_KEPT = 200_000;
/** The step of a session that looks like the two before it is the third of its kind. */
const STEPS_ALIKE = 2;
/** Calls of a session and model that are remembered: sub-agents of a session take turns. */
const CALLS_REMEMBERED = 4;
/** Models and workloads whose numbers fit into a key beside another. No book has more. */
const MOST_NUMBERED = 4096;
/** Short answers in a fixed form are often of one length. */
const LEAST_TELLING_ANSWER = 32;

/** Of which retokening of a cell the price of needless attempts is the saving. */
export const NEEDLESS_ATTEMPT = "needless-attempt";

type Ending = "answered" | "failed" | "aborted";

/** What is remembered of a call. */
interface Earlier {
  timestampMs: number;
  inputTokens: number;
  outputTokens: number;
  /** How much longer the prompt was than the one before it; NaN where there was none. */
  growth: number;
  attempt: number;
  ending: Ending;
  isTruncated: boolean;
  isHashed: boolean;
  /** A later call was found to be the same. */
  isConsumed: boolean;
  temperature: number | undefined;
  costNanoUsd: number;
}

/** Calls of one session and one model. */
interface Chain {
  /** A ring: the last one is at `(count - 1) % CALLS_REMEMBERED`. */
  calls: Earlier[];
  count: number;
  /** For how many steps growth and answer have been of the same size. */
  stepsAlike: number;
  /** How many first attempts there were with a prompt of this length, one after the other, at which nothing was tried again. */
  size: number;
  loose: number;
}

export class WasteWatch implements CallFlagger, CallObserver {
  readonly #prompts = new Recent<string, Earlier>({ keptMs: ANSWER_KEPT_MS, most: MOST_KEPT });
  readonly #sessions = new Recent<number, Chain>({ keptMs: CHAIN_KEPT_MS, most: MOST_KEPT });
  /** Where calls name no session: those of one user and workload. */
  readonly #callers = new Recent<number, Chain>({ keptMs: CHAIN_KEPT_MS, most: MOST_KEPT });
  readonly #endings: (Ending | undefined)[] = [];
  /** The attempt that the call which is on its way to the observer makes needless. */
  #needless: Earlier | undefined;
  /** Copies of what a model answers without chance, and all others. */
  #certainCopies = 0;
  #likelyCopies = 0;

  /** Whether every duplicate was asked at temperature 0. */
  get areCopiesCertain(): boolean {
    return this.#certainCopies > 0 && this.#likelyCopies === 0;
  }

  flagsOf(call: Call): number {
    this.#needless = undefined;
    const ending = this.#endingOf(call.terms);
    // The last block's hash is of all before it, too.
    const hash = call.facts?.promptBlocks?.at(-1)?.hash;
    let flag = 0;
    let isHashed = false;
    if (hash !== undefined) {
      isHashed = true;
      flag = this.#samePrompt(call, hash, ending);
    }
    const chain = this.#chainOf(call);
    if (chain !== undefined) {
      const byChain = sameStep(call, chain, ending, isHashed);
      if (flag === 0 && byChain !== undefined) {
        flag = byChain.flag;
        this.#needless = byChain.earlier;
      }
    }
    if (call.costNanoUsd <= 0) return 0;
    // What has failed may be tried again, and a try after it is no copy.
    if (ending === "failed") return FLAGS.failed;
    return ending === "aborted" ? flag | FLAGS.aborted : flag;
  }

  take(call: Call, cell: Cell): void {
    const earlier = this.#needless;
    if (earlier === undefined) return;
    this.#needless = undefined;
    if ((cell.flags & (FLAGS.retry | FLAGS.truncated)) === 0) return;
    // Of the two, one would have done: which one is not known, so the cheaper one counts.
    const isOwn = call.costNanoUsd <= earlier.costNanoUsd;
    const retokening = retokeningOf(cell, NEEDLESS_ATTEMPT);
    const { difference } = retokening;
    for (const kind of PROMPT) difference[kind] -= call.tokens[kind];
    // The prompts are the same; of the answers, only the length of the earlier one is remembered.
    difference.output -= isOwn ? call.tokens.output : Math.min(call.tokens.output, earlier.outputTokens);
    if (isOwn) difference.reasoning -= call.tokens.reasoning;
    retokening.savedNanoUsd += isOwn ? call.costNanoUsd : earlier.costNanoUsd;
  }

  #endingOf(terms: CallTerms): Ending {
    let ending = this.#endings[terms.index];
    if (ending === undefined) {
      ending = endingOf(terms.status);
      this.#endings[terms.index] = ending;
    }
    return ending;
  }

  #samePrompt(call: Call, hash: string, ending: Ending): number {
    this.#prompts.at(call.timestampMs);
    const key = `${call.workload.index} ${call.model.index} ${hash}`;
    const earlier = this.#prompts.get(key);
    const isSame = earlier !== undefined && earlier.inputTokens === call.inputTokens && ending !== "failed" && earlier.ending !== "failed";
    let flag = isSame ? againFlag(call, earlier) : 0;
    if (flag !== 0) this.#needless = earlier;
    else if (isSame && ending === "answered" && this.#isCopy(call, earlier)) flag = FLAGS.duplicate;
    // A copy would not have been made: the next one is compared with the same answer.
    if (flag !== FLAGS.duplicate) this.#prompts.set(key, remembered(call, ending, Number.NaN));
    return flag;
  }

  #isCopy(call: Call, earlier: Earlier): boolean {
    if (earlier.ending !== "answered" || earlier.isTruncated || call.terms.attempt > 1) return false;
    if (call.timestampMs - earlier.timestampMs > ANSWER_KEPT_MS) return false;
    const temperature = call.facts?.temperature;
    if (temperature === 0 && earlier.temperature === 0) {
      this.#certainCopies++;
      return true;
    }
    // Whoever sets a temperature wants several answers, or takes them into account. Where none is set, two answers of one telling length
    // are most likely one. Embeddings have no answer that could differ.
    if (temperature !== undefined || earlier.temperature !== undefined || call.outputTokens !== earlier.outputTokens) return false;
    if (call.outputTokens > 0 && !isTelling(call.outputTokens)) return false;
    this.#likelyCopies++;
    return true;
  }

  #chainOf({ session, user, model, workload, timestampMs }: Call): Chain | undefined {
    if (model.index >= MOST_NUMBERED || workload.index >= MOST_NUMBERED) return undefined;
    const chains = session === 0 ? this.#callers : this.#sessions;
    const key =
      session === 0 ? (user * MOST_NUMBERED + workload.index) * MOST_NUMBERED + model.index : session * MOST_NUMBERED + model.index;
    if (key > Number.MAX_SAFE_INTEGER) return undefined;
    chains.at(timestampMs);
    return chains.keep(key, newChain);
  }
}

const newChain = (): Chain => ({ calls: [], count: 0, stepsAlike: 0, size: 0, loose: 0 });

interface Again {
  flag: number;
  /** Which attempt it made needless, if it is not needless itself. */
  earlier?: Earlier;
}

/** What a call is to those before it in its session, or of its caller; afterwards it is one of them. */
function sameStep(call: Call, chain: Chain, ending: Ending, isHashed: boolean): Again | undefined {
  const last = chain.calls[(chain.count - 1) % CALLS_REMEMBERED];
  const growth = last === undefined ? Number.NaN : call.inputTokens - last.inputTokens;
  let again: Again | undefined;
  if (!isHashed && ending !== "failed") again = againInChain(call, chain, ending);
  const isAlike =
    last !== undefined &&
    growth === last.growth &&
    call.outputTokens === last.outputTokens &&
    !last.isTruncated &&
    isTelling(growth) &&
    isTelling(call.outputTokens);
  chain.stepsAlike = isAlike && ending === "answered" ? chain.stepsAlike + 1 : 0;
  if (again === undefined && call.session !== 0 && chain.stepsAlike >= STEPS_ALIKE) again = { flag: FLAGS.loop };
  remember(chain, call, ending, growth);
  return again;
}

/** The same call once more, as far as sizes can tell. */
function againInChain(call: Call, chain: Chain, ending: Ending): Again | undefined {
  const { calls, count } = chain;
  for (let back = 1; back <= calls.length; back++) {
    const earlier = calls[(count - back) % CALLS_REMEMBERED] as Earlier;
    if (earlier.isConsumed) continue;
    if (earlier.ending === "failed") {
      if (earlier.attempt !== call.terms.attempt - 1) continue;
      // This is what the call tries again, and it has its own flag.
      earlier.isConsumed = true;
      return undefined;
    }
    if (earlier.inputTokens !== call.inputTokens) continue;
    let flag = againFlag(call, earlier);
    if (flag === FLAGS.truncated && call.session === 0) flag = 0;
    const isByAttempt = flag !== 0;
    if (flag === 0 && call.session !== 0 && ending === "answered" && isSameSize(call, earlier)) flag = FLAGS.retry;
    if (flag === 0) continue;
    // Where prompts are all of one size, one size tells nothing.
    const isUsual = isByAttempt
      ? earlier.attempt === 1 && call.inputTokens === chain.size && chain.loose > 1
      : calls.some((other) => other.inputTokens === call.inputTokens && other.outputTokens !== call.outputTokens);
    if (isUsual) return undefined;
    if (earlier.attempt === 1 && call.inputTokens === chain.size) chain.loose--;
    earlier.isConsumed = true;
    return { flag, earlier };
  }
  return undefined;
}

/** A further try at what has been answered, or at least paid for. */
function againFlag(call: Call, earlier: Earlier): number {
  if (call.inputTokens === 0 || earlier.costNanoUsd <= 0 || call.costNanoUsd <= 0) return 0;
  const ageMs = call.timestampMs - earlier.timestampMs;
  if (earlier.isTruncated && earlier.attempt === call.terms.attempt && ageMs <= TRUNCATED_AGAIN_MS) return FLAGS.truncated;
  return call.terms.attempt > 1 && earlier.attempt === call.terms.attempt - 1 && ageMs <= CHAIN_KEPT_MS ? FLAGS.retry : 0;
}

const PROMPT = ["input", "cacheRead", "cacheWrite5m", "cacheWrite1h", "audioInput"] as const satisfies readonly (keyof DisjointTokens)[];

function endingOf(status: string | undefined): Ending {
  if (status === undefined) return "answered";
  if (/^(?:error|failed|failure|failed_billed|timeout|[45]\d\d)$/i.test(status)) return "failed";
  return /^(?:abort|cancel)/i.test(status) ? "aborted" : "answered";
}

/**
 * Whether two that have it are hardly so by chance: nobody's limit of output, which is a round number, and not so small that many have it.
 */
function isTelling(tokens: number): boolean {
  return tokens >= 16 && tokens % 50 !== 0 && tokens % 32 !== 0;
}

/** Without a hash: the same prompt is sent to the same session again, and even its answer is of one length. */
function isSameSize(call: Call, earlier: Earlier): boolean {
  return (
    earlier.ending === "answered" &&
    !earlier.isHashed &&
    call.timestampMs - earlier.timestampMs <= SENT_AGAIN_MS &&
    call.inputTokens === earlier.inputTokens &&
    call.outputTokens === earlier.outputTokens &&
    call.costNanoUsd > 0 &&
    isTelling(call.outputTokens) &&
    call.outputTokens >= LEAST_TELLING_ANSWER &&
    isTelling(call.inputTokens)
  );
}

function remember(chain: Chain, call: Call, ending: Ending, growth: number): void {
  if (call.inputTokens !== chain.size) {
    chain.size = call.inputTokens;
    chain.loose = 0;
  }
  if (call.terms.attempt === 1) chain.loose++;
  const place = chain.count++ % CALLS_REMEMBERED;
  const kept = chain.calls[place];
  if (kept === undefined) chain.calls[place] = remembered(call, ending, growth);
  else keep(kept, call, ending, growth);
}

function remembered(call: Call, ending: Ending, growth: number): Earlier {
  const kept = newEarlier();
  keep(kept, call, ending, growth);
  return kept;
}

const newEarlier = (): Earlier => ({
  timestampMs: 0,
  inputTokens: 0,
  outputTokens: 0,
  growth: Number.NaN,
  attempt: 1,
  ending: "answered",
  isTruncated: false,
  isHashed: false,
  isConsumed: false,
  temperature: undefined,
  costNanoUsd: 0,
});

function keep(kept: Earlier, call: Call, ending: Ending, growth: number): void {
  const { facts } = call;
  kept.timestampMs = call.timestampMs;
  kept.inputTokens = call.inputTokens;
  kept.outputTokens = call.outputTokens;
  kept.growth = growth;
  kept.attempt = call.terms.attempt;
  kept.ending = ending;
  kept.isTruncated = facts?.isTruncated === true;
  kept.isHashed = facts?.promptBlocks !== undefined;
  kept.isConsumed = false;
  kept.temperature = facts?.temperature;
  kept.costNanoUsd = call.costNanoUsd;
}
