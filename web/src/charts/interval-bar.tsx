/** An expected value between a low and a high one, against the line of zero. */
import type { ReactNode } from "react";
import styles from "./interval-bar.module.css";
import { domainOf, placeIn } from "./interval-domain.ts";
import { type FormatValue, type Tone, textOf, UNKNOWN_TEXT } from "./series.ts";
import { Value } from "./value.tsx";

export interface IntervalBarProps {
  label: string;
  low: number | null;
  expected: number | null;
  high: number | null;
  lowExact?: string | undefined;
  expectedExact?: string | undefined;
  highExact?: string | undefined;
  /** Shared by all bars of a list; see `domainOf`. */
  domain?: readonly [number, number] | undefined;
  formatValue: FormatValue;
  tone?: Tone | undefined;
}

export function IntervalBar(properties: IntervalBarProps): ReactNode {
  const { label, low, expected, high, lowExact, expectedExact, highExact, formatValue, tone = "good" } = properties;
  const domain = properties.domain ?? domainOf([{ low, high }]);
  const share = (value: number) => `${placeIn(domain, value) * 100}%`;
  const text = `${label}: expected ${textOf(expected, expectedExact, formatValue)}, from ${textOf(low, lowExact, formatValue)} to ${textOf(high, highExact, formatValue)}`;
  return (
    <div className={styles.interval} data-tone={tone}>
      <div className={styles.track} role="img" aria-label={text}>
        <span className={styles.zero} style={{ left: share(0) }} />
        {low !== null && high !== null && (
          <span className={styles.span} style={{ left: share(low), width: `${(placeIn(domain, high) - placeIn(domain, low)) * 100}%` }} />
        )}
        {expected !== null && <span className={styles.expected} style={{ left: share(expected) }} />}
      </div>
      {low === null && expected === null && high === null ? (
        <p className={styles.text}>{UNKNOWN_TEXT}</p>
      ) : (
        <p className={styles.text}>
          <strong>
            <Value value={expected} exact={expectedExact} format={formatValue} />
          </strong>
          , between <Value value={low} exact={lowExact} format={formatValue} /> and{" "}
          <Value value={high} exact={highExact} format={formatValue} />
        </p>
      )}
    </div>
  );
}
