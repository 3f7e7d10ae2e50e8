/** What is summed of calls as they end: plain numbers, so that telling costs next to nothing; they become metrics when somebody asks. */
import type { CallEvent } from "./happenings.ts";
import { Series } from "./series.ts";

const MOST_MODELS_PER_PROVIDER = 300;
const MOST_KEYS = 2_000;
/** Names of the configuration. */
const MOST_PROVIDERS = 1_000;

/** All calls of one model at one provider. */
export class ModelFigures {
  /** By operation, then status: words of our own. */
  readonly requests: Map<string, Map<string, number>> = new Map();
  input = 0;
  output = 0;
  cacheRead = 0;
  cacheWrite = 0;
  reasoning = 0;
  nanoUsd = 0;
  unpriced = 0;
  reported = 0;
  estimated = 0;
  unmetered = 0;
}

/** All calls with one key. */
export class KeyFigures {
  requests = 0;
  input = 0;
  output = 0;
  nanoUsd = 0;
}

/** Those without a key are under "". */
export class Figures {
  readonly providers: Series<Series<ModelFigures>> = new Series(
    MOST_PROVIDERS,
    () => new Series(MOST_MODELS_PER_PROVIDER, () => new ModelFigures()),
  );
  readonly keys: Series<KeyFigures> = new Series(MOST_KEYS, () => new KeyFigures());
  /** By status, then reason: words of our own. */
  readonly refusals: Map<number, Map<string, number>> = new Map();
  recorded = 0;
  unpriced = 0;
  reported = 0;

  call(event: CallEvent): void {
    const figures = this.providers.of(event.provider).of(event.model);
    countIn(figures.requests, event.operation, event.status);
    if (event.usageSource === undefined) return;
    const { inputTokens, outputTokens, costNanoUsd } = event;
    figures.input += inputTokens;
    figures.output += outputTokens;
    figures.cacheRead += event.cacheReadTokens;
    figures.cacheWrite += event.cacheWriteTokens;
    figures.reasoning += event.reasoningTokens;
    this.recorded++;
    const key = this.keys.of(event.owner.key ?? "");
    key.requests++;
    key.input += inputTokens;
    key.output += outputTokens;
    if (costNanoUsd === undefined) {
      figures.unpriced++;
      this.unpriced++;
    } else {
      figures.nanoUsd += costNanoUsd;
      key.nanoUsd += costNanoUsd;
    }
    if (event.usageSource === "reported") {
      figures.reported++;
      this.reported++;
    } else if (event.status === "unmetered") figures.unmetered++;
    else figures.estimated++;
  }

  refusal(status: number, reason: string): void {
    countIn(this.refusals, status, reason);
  }
}

function countIn<Outer>(counts: Map<Outer, Map<string, number>>, outer: Outer, inner: string): void {
  let inners = counts.get(outer);
  if (inners === undefined) {
    inners = new Map();
    counts.set(outer, inners);
  }
  inners.set(inner, (inners.get(inner) ?? 0) + 1);
}
