/** What could be left out altogether: copies, further attempts, failures that were billed, steps that go in a circle. */
import type { Candidate, Effect, EvidenceGrade } from "../candidate.ts";
import { type Cell, type Digest, FLAGS } from "../replay/cell.ts";
import type { Observation, Watch } from "../replay/watching.ts";
import { nameOf } from "../rules/rule-scopes.ts";
import { NEEDLESS_ATTEMPT, WasteWatch } from "./waste.ts";

interface WasteKind {
  flag: number;
  from: string;
  to: string;
  grade: EvidenceGrade;
  assumptions: string[];
  risk: string;
  advice: string;
}

const ELIMINATE: Effect = { type: "eliminate" };
const WITHOUT_NEEDLESS: Effect = { type: "retoken", of: (cell) => cell.retokenings.get(NEEDLESS_ATTEMPT) };

const DUPLICATES: WasteKind = {
  flag: FLAGS.duplicate,
  from: "prompts sent again within an hour",
  to: "kept answers",
  grade: "B",
  assumptions: [
    "The kept answer would have done: the prompts are the same to the last block, and no temperature was set that asks for different answers.",
  ],
  risk: "A prompt may be sent again on purpose, as a probe of the provider is.",
  advice: "Keep answers for an hour under the whole prompt, and let calls that wait for the same one share it.",
};

const KINDS: readonly WasteKind[] = [
  {
    flag: FLAGS.retry,
    from: "attempts at what was answered",
    to: "one attempt",
    grade: "B",
    assumptions: ["One of the two attempts would have done; of each pair, the cheaper one is counted."],
    risk: "The first answer may have been lost on its way, so that the second one was needed.",
    advice: "Let the program wait longer before it sends a call again, and say so once: a client and what it runs in often both do.",
  },
  {
    flag: FLAGS.failed,
    from: "failures that were billed",
    to: "none",
    grade: "B",
    assumptions: ["Nothing of what these calls returned was of use."],
    risk: "Some failures are the provider's, and nobody here can end those.",
    advice:
      "Look for what these calls have in common (tokenledger export records --recommendation names them) and end it, or ask for the money back.",
  },
  {
    flag: FLAGS.loop,
    from: "sessions that go in a circle",
    to: "stopped at the third step",
    grade: "B",
    assumptions: ["Steps that lengthen the conversation by as much, with answers as long, three times in a row, do the same thing again."],
    risk: "A session may wait for something by asking again.",
    advice: "Let the agent stop, or ask, when a step brings what the two before it brought.",
  },
  {
    flag: FLAGS.truncated,
    from: "answers cut and asked for again",
    to: "a higher limit",
    grade: "B",
    assumptions: ["With a higher limit the first answer would have been the second one; of each pair, the cheaper one is counted."],
    risk: "A higher limit lets other answers become longer, too.",
    advice: "Set the limit of output (max_tokens) of these calls as high as their whole answers are long.",
  },
];

export function watchWaste(): Watch {
  const watch = new WasteWatch();
  return {
    flagger: watch,
    observer: watch,
    find: (digest) =>
      [{ ...DUPLICATES, grade: watch.areCopiesCertain ? ("A" as const) : DUPLICATES.grade }, ...KINDS].flatMap((kind) =>
        candidateOf(kind, digest),
      ),
    observations: abortedCalls,
  };
}

/** Of the bits, the one that decides: a call that was aborted may be another attempt as well. */
const WASTE = FLAGS.duplicate | FLAGS.retry | FLAGS.failed | FLAGS.loop | FLAGS.truncated;

function candidateOf({ flag, from, to, grade, assumptions, risk, advice }: WasteKind, digest: Digest): Candidate[] {
  const covers = (cell: Cell): boolean => (cell.flags & WASTE) === flag;
  const cells = digest.cells.filter(covers);
  if (cells.length === 0) return [];
  return [
    {
      kind: "remove-waste",
      from,
      to,
      covers,
      effect: flag === FLAGS.retry || flag === FLAGS.truncated ? WITHOUT_NEEDLESS : ELIMINATE,
      grade,
      assumptions,
      risk,
      action: { type: "by_hand", advice, scopes: [{}] },
      figures: { most_of_it: mostOf(cells) },
    },
  ];
}

/** Whose calls and which model cost most of it. */
function mostOf(cells: readonly Cell[]): string {
  const costs = new Map<string, number>();
  for (const { workload, model, costNanoUsd } of cells) {
    const name = `${nameOf(workload)}, ${model.provider}/${model.canonicalModel}`;
    costs.set(name, (costs.get(name) ?? 0) + costNanoUsd);
  }
  return [...costs].reduce((most, each) => (each[1] > most[1] ? each : most))[0];
}

/**
 * Who went away may have read enough, or may have waited too long: what such calls cost is told, and nobody can say how much of it could be
 * saved.
 */
function abortedCalls({ cells, costNanoUsd: whole }: Digest): Observation[] {
  const aborted = cells.filter(({ flags }) => (flags & FLAGS.aborted) !== 0);
  const requests = aborted.reduce((sum, { calls }) => sum + calls, 0);
  const costNanoUsd = aborted.reduce((sum, cell) => sum + cell.costNanoUsd, 0);
  if (requests < LEAST_ABORTED || costNanoUsd < LEAST_SHARE * whole) return [];
  const percent = Math.round((1000 * costNanoUsd) / whole) / 10;
  return [
    {
      kind: "aborted-calls",
      scope: {},
      requests,
      costNanoUsd,
      sentence: `${requests} calls were given up by their clients before they ended, and cost ${percent} % of all spending; who reads along may have read enough, who waits may wait too short a time.`,
      figures: { percent_of_spending: percent, most_of_it: mostOf(aborted) },
    },
  ];
}

const LEAST_ABORTED = 50;
const LEAST_SHARE = 0.005;
