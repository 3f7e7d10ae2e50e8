/** What changed a sum from one period to the next, step by step; each step is a button that opens its rows. */
import type { ReactNode } from "react";
import { ChartFrame, FigureTable } from "./chart-frame.tsx";
import type { FormatValue } from "./series.ts";
import { Value } from "./value.tsx";
import styles from "./waterfall.module.css";
import { type WaterfallBar, waterfallGeometry } from "./waterfall-geometry.ts";

export interface WaterfallTotal {
  name: string;
  value: number;
  exact?: string | undefined;
}

export interface WaterfallEffect extends WaterfallTotal {
  id: string;
  note?: string | undefined;
}

export interface WaterfallProps {
  label: string;
  before: WaterfallTotal;
  effects: readonly WaterfallEffect[];
  after: WaterfallTotal;
  formatValue: FormatValue;
  /** With a sign; without it, effects are written as other values. */
  formatEffect?: FormatValue | undefined;
  onSelect?: ((id: string) => void) | undefined;
  selectedId?: string | undefined;
}

export function Waterfall(properties: WaterfallProps): ReactNode {
  const { label, before, effects, after, formatValue, onSelect, selectedId } = properties;
  const formatEffect = properties.formatEffect ?? formatValue;
  const geometry = waterfallGeometry(
    before.value,
    effects.map(({ value }) => value),
    after.value,
  );
  const rows = [before, ...effects, after];
  const formatOf = (row: number) => (row === 0 || row === rows.length - 1 ? formatValue : formatEffect);
  return (
    <ChartFrame
      label={label}
      table={() => (
        <FigureTable
          label={label}
          headings={["What", "Value"]}
          rowCount={rows.length}
          rowHeading={(row) => rows[row]?.name ?? ""}
          cell={(row) => <Value value={rows[row]?.value} exact={rows[row]?.exact} format={formatOf(row)} />}
        />
      )}
    >
      <ol className={styles.steps}>
        <li className={styles.step}>
          <StepContent entry={before} bar={geometry.before} zero={geometry.zero} format={formatValue} />
        </li>
        {effects.map((effect, index) => {
          const bar = geometry.effects[index] as WaterfallBar;
          const content = <StepContent entry={effect} bar={bar} zero={geometry.zero} format={formatEffect} />;
          if (!onSelect) {
            return (
              <li key={effect.id} className={styles.step}>
                {content}
              </li>
            );
          }
          return (
            <li key={effect.id}>
              <button
                type="button"
                className={styles.step}
                aria-pressed={selectedId === undefined ? undefined : selectedId === effect.id}
                onClick={() => onSelect(effect.id)}
              >
                {content}
              </button>
            </li>
          );
        })}
        <li className={styles.step}>
          <StepContent entry={after} bar={geometry.after} zero={geometry.zero} format={formatValue} />
        </li>
      </ol>
    </ChartFrame>
  );
}

interface StepContentProps {
  entry: WaterfallTotal & { note?: string | undefined };
  bar: WaterfallBar;
  zero: number;
  format: FormatValue;
}

function StepContent({ entry, bar, zero, format }: StepContentProps): ReactNode {
  const left = Math.min(bar.from, bar.to);
  return (
    <>
      <span className={styles.name} data-direction={bar.direction}>
        {entry.name}
        {entry.note && <span className={styles.note}>{entry.note}</span>}
      </span>
      <span className={styles.track} aria-hidden="true">
        <span className={styles.zero} style={{ left: `${zero * 100}%` }} />
        <span
          className={styles.bar}
          data-direction={bar.direction}
          style={{ left: `${left * 100}%`, width: `${Math.abs(bar.to - bar.from) * 100}%` }}
        />
        {/* Leads to the next step, which begins where this one ended. */}
        <span className={styles.edge} style={{ left: `${bar.to * 100}%` }} />
      </span>
      <span className={styles.value} data-direction={bar.direction}>
        <Value value={entry.value} exact={entry.exact} format={format} />
      </span>
    </>
  );
}
