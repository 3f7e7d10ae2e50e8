/** From candidates to what is told: appraised, suppressed, put in order, and shared out where they meet. */
import { formatUsd } from "../../money.ts";
import { instantText } from "../instant-text.ts";
import type { Period } from "../period.ts";
import { rounded } from "../rounding.ts";
import { type Appraisal, type AppraisalTerms, appraise, daysSeen } from "./belief/appraisal.ts";
import { choosePortfolio, type Portfolio } from "./belief/portfolio.ts";
import type { PricesElsewhere } from "./belief/prices-elsewhere.ts";
import type { Action, Candidate } from "./candidate.ts";
import type {
  ObservationDocument,
  PriceChangeDocument,
  RecommendationDocument,
  RecommendationsDocument,
  SavingsPeriodDocument,
  SimulationDocument,
} from "./recommendation-document.ts";
import type { Digest } from "./replay/cell.ts";
import { NanoUsdSum } from "./replay/nano-usd-sum.ts";
import type { RowsByCell } from "./replay/rows-by-cell.ts";
import { dayText } from "./replay/utc-day.ts";
import type { AppliedRule } from "./rules/applied-rule.ts";
import { takenBy } from "./rules/taken-calls.ts";
import { simulate } from "./simulation.ts";

const DAY_HOURS = 24;
/** What people use and what it costs changes: older evidence is looked at anew. */
const LASTS_MS = 14 * 86_400_000;

export interface SavingsFrame {
  period: Period;
  generatedAtMs: number;
  /** How the calls of a recommendation are asked for, with `ID` in its place. */
  query: string;
  applied: readonly AppliedRule[];
  calibrations: AppraisalTerms["calibrations"];
  elsewhere: PricesElsewhere;
  seed: number;
  observations: readonly ObservationDocument[];
  priceChanges: readonly PriceChangeDocument[];
  /** Which records stand in which cell, where that was remembered. */
  rows: RowsByCell | undefined;
}

export class FoundSavings {
  readonly document: RecommendationsDocument;
  readonly #digest: Digest;
  readonly #frame: SavingsFrame;
  readonly #appraisals: readonly Appraisal[];
  readonly #portfolio: Portfolio;

  constructor(digest: Digest, candidates: readonly Candidate[], frame: SavingsFrame) {
    const spent = spentIn(digest);
    const { seed, calibrations } = frame;
    const appraisals = appraisedOnce(candidates, digest, { spentNanoUsd: spent, seed, calibrations });
    const portfolio = choosePortfolio(notTaken(appraisals, frame.applied), digest, frame.elsewhere, daysSeen(digest));
    this.#digest = digest;
    this.#frame = frame;
    this.#appraisals = appraisals;
    this.#portfolio = portfolio;
    this.document = {
      schema: "tokenledger.recommendations/1",
      generated_at: instantText(frame.generatedAtMs),
      period: periodDocument(frame.period, digest),
      totals: { requests: digest.calls + digest.unpricedCalls, unpriced_requests: digest.unpricedCalls, cost_usd: formatUsd(spent) },
      recommendations: appraisals.map((appraisal) => recommendationDocument(appraisal, frame)),
      portfolio: {
        saving_usd: formatUsd(portfolio.monthNanoUsd),
        percent: percentOf(portfolio.savingNanoUsd, spent),
        chosen: portfolio.chosen.map(({ id }, index) => ({ id, share_usd: formatUsd(portfolio.sharesNanoUsd[index] as bigint) })),
      },
      observations: [...frame.observations],
      price_changes: [...frame.priceChanges],
    };
  }

  /** Undefined: there is no such recommendation. */
  actionOf(id: string): Action | undefined {
    return this.#find(id)?.candidate.action;
  }

  /** Numbers of the records that a recommendation is about, in the order of time; undefined: there is no such one, or none were kept. */
  rowsOf(id: string): Float64Array | undefined {
    const found = this.#find(id);
    return found && this.#frame.rows?.of(found.cells);
  }

  /** @param ids default: what the portfolio chose. What is not found has no effect. */
  simulated(ids?: readonly string[]): SimulationDocument {
    const followed = ids === undefined ? this.#portfolio.chosen : this.#appraisals.filter(({ id }) => ids.includes(id));
    return {
      schema: "tokenledger.simulation/1",
      generated_at: this.document.generated_at,
      period: periodDocument(this.#frame.period, this.#digest),
      ids: followed.map(({ id }) => id),
      ...simulate(followed, this.#digest, this.#frame.elsewhere),
    };
  }

  #find(id: string): Appraisal | undefined {
    return this.#appraisals.find((appraisal) => appraisal.id === id);
  }
}

function spentIn({ cells }: Digest): bigint {
  const spent = new NanoUsdSum();
  for (const { costNanoUsd } of cells) spent.add(costNanoUsd);
  return spent.total;
}

/** Those worth telling, what saves most first; two that would have one name are the one that saves more. */
function appraisedOnce(candidates: readonly Candidate[], digest: Digest, terms: AppraisalTerms): Appraisal[] {
  const appraisals = candidates
    .map((candidate) => appraise(candidate, digest, terms))
    .filter((appraisal) => appraisal !== undefined)
    .sort((a, b) => Number(b.expectedNanoUsd - a.expectedNanoUsd) || (a.id < b.id ? -1 : 1));
  const seen = new Set<string>();
  return appraisals.filter(({ id }) => !seen.has(id) && seen.add(id));
}

/** Neither what is done already, nor what excludes it, nor what would change the same calls otherwise. */
function notTaken(appraisals: readonly Appraisal[], applied: readonly AppliedRule[]): Appraisal[] {
  const done = appraisals.filter(({ id }) => applied.some((rule) => rule.id === id));
  const groups = new Set(done.map(({ candidate }) => candidate.exclusiveGroup));
  groups.delete(undefined);
  return appraisals.filter(
    ({ id, candidate: { action, exclusiveGroup } }) => takenBy({ id, action }, applied) === undefined && !groups.has(exclusiveGroup),
  );
}

function periodDocument({ start, end, timeZone }: Period, digest: Digest): SavingsPeriodDocument {
  const days = daysSeen(digest);
  return {
    start,
    end,
    tz: timeZone,
    first_day: days === 0 ? null : dayText(digest.firstDay),
    last_day: days === 0 ? null : dayText(digest.lastDay),
    hours: days * DAY_HOURS,
  };
}

function recommendationDocument(appraisal: Appraisal, { generatedAtMs, query, applied }: SavingsFrame): RecommendationDocument {
  const { candidate, id, requests, costNanoUsd, newCostNanoUsd } = appraisal;
  const { break_even_failure_rate: breakEven, ...figures } = candidate.figures ?? {};
  const saving = costNanoUsd - newCostNanoUsd;
  return {
    id,
    kind: candidate.kind,
    from: candidate.from,
    to: candidate.to,
    saving: {
      low_usd: formatUsd(appraisal.lowNanoUsd),
      expected_usd: formatUsd(appraisal.expectedNanoUsd),
      high_usd: formatUsd(appraisal.highNanoUsd),
      percent: percentOf(saving, costNanoUsd),
    },
    confidence: rounded(appraisal.confidence),
    requests,
    assumptions: candidate.assumptions,
    scopes: candidate.action.scopes,
    evidence: {
      requests,
      days: appraisal.days,
      cost_usd: formatUsd(costNanoUsd),
      new_cost_usd: formatUsd(newCostNanoUsd),
      saving_usd: formatUsd(saving),
      grade: candidate.grade,
      query: query.replace("ID", () => id),
    },
    break_even_failure_rate: typeof breakEven === "number" ? breakEven : null,
    figures,
    risk: candidate.risk,
    action: candidate.action,
    exclusive_group: candidate.exclusiveGroup ?? null,
    state: applied.some((rule) => rule.id === id) ? "applied" : "active",
    expires_at: instantText(generatedAtMs + LASTS_MS),
  };
}

function percentOf(part: bigint, whole: bigint): number {
  return whole === 0n ? 0 : rounded((100 * Number(part)) / Number(whole));
}
