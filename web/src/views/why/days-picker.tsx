/** The first and the last day of a period. */
import { type Days, isDay } from "../../question/period.ts";
import styles from "./why.module.css";

export function DaysPicker({ label, days, onChange }: { label: string; days: Days | undefined; onChange: (days: Days) => void }) {
  const set = (next: Partial<Days>): void => {
    const { start, end } = { start: "", end: "", ...days, ...next };
    if (!isDay(start) || !isDay(end)) return;
    // Who moves one end past the other means that day alone.
    onChange(start <= end ? { start, end } : next.start !== undefined ? { start, end: start } : { start: end, end });
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
