/** The first and the last day of a period. */
import { type Days, daysMoved } from "../../question/period.ts";
import styles from "./why.module.css";

export function DaysPicker({ label, days, onChange }: { label: string; days: Days | undefined; onChange: (days: Days) => void }) {
  const set = (next: Partial<Days>): void => {
    const moved = daysMoved(days ?? {}, next);
    if (moved !== undefined) onChange(moved);
  };
  return (
    <span className={styles.period}>
      {label}
      <input
        type="date"
        aria-label={`First day ${label}`}
        value={days?.start ?? ""}
        onChange={({ target }) => set({ start: target.value })}
      />
      <span aria-hidden="true">–</span>
      <input type="date" aria-label={`Last day ${label}`} value={days?.end ?? ""} onChange={({ target }) => set({ end: target.value })} />
    </span>
  );
}
