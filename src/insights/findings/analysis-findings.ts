/** All that an analysis says, most important first. */
import type { AnalysisDocument, Finding } from "../analysis-document.ts";
import type { Cause } from "../anomaly-causes.ts";
import type { BucketGrid } from "../bucket-grid.ts";
import { LARGEST_P } from "../largest-p.ts";
import type { AnalysedSeries } from "../series-analysis.ts";
import { nameText } from "../words.ts";
import { budgetFindings } from "./budget-findings.ts";
import { alternativeFindings, pairFindings } from "./pair-findings.ts";
import { anomalySentences, levelSentences, phaseSentence, rhythmSentences, type SpokenSeries } from "./series-findings.ts";

const MOST_NAMES = 3;

type Answers = Pick<AnalysisDocument, "correlation" | "communities" | "substitutes" | "structural_holes" | "alternatives" | "budgets">;

export interface Analysed extends Answers {
  total: AnalysedSeries;
  series: readonly AnalysedSeries[];
  /** Of each anomaly of the whole. */
  causes: readonly (readonly Cause[])[];
  grid: BucketGrid;
  by: string;
  timeZone: string;
  nowMs: number;
}

export function analysisFindings(analysed: Analysed): Finding[] {
  const { total, grid, timeZone, nowMs, by } = analysed;
  const findings: Finding[] = [];
  const say = (kind: Finding["kind"], sentences: readonly (string | undefined)[]): void => {
    for (const sentence of sentences) if (sentence !== undefined) findings.push({ kind, sentence });
  };
  say("budget", budgetFindings(analysed.budgets, { timeZone, nowMs }));
  const subject = total.unit === "usd" ? "Spending" : "Use of tokens";
  const whole: SpokenSeries = { analysed: total, grid, timeZone, nowMs, subject };
  if (total.insufficient !== null) say("insufficient", [`Nothing is said of trend and rhythm: ${total.insufficient}.`]);
  else {
    say("phase", [phaseSentence(whole), ...phasesOfNames(analysed)]);
    say("rhythm", rhythmSentences(whole, true));
    say("anomaly", anomalySentences(whole, analysed.causes));
    say("change-point", levelSentences(whole));
  }
  say("alternative", alternativeFindings(analysed.alternatives));
  const { correlation, community, substitute, hole } = pairFindings(analysed, by);
  say("correlation", correlation);
  say("community", community);
  say("substitute", substitute);
  say("structural-hole", hole);
  return findings;
}

/** Of many names one in twenty would rise by chance: each must pass for all that were looked at (Bonferroni). */
function phasesOfNames({ series, grid, timeZone, nowMs, by }: Analysed): string[] {
  const single = series.filter(({ series: { names } }) => names === 1);
  if (single.length < 2) return [];
  return single
    .filter(({ insufficient, decomposition: { phase } }) => {
      if (insufficient !== null || phase.p === undefined) return false;
      return phase.direction !== "steady" && phase.p * single.length < LARGEST_P;
    })
    .slice(0, MOST_NAMES)
    .flatMap((analysed) => phaseSentence({ analysed, grid, timeZone, nowMs, subject: capital(nameText(analysed.series.name, by)) }) ?? []);
}

/** What has no name begins the sentence; names stay as they are. */
const capital = (text: string): string => (text.startsWith("what has no") ? `W${text.slice(1)}` : text);
