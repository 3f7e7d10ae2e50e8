/** One figure of each of the last seconds, as a small area: for the shape of things; the figures stand beside it. */
import styles from "./live.module.css";

const HEIGHT = 36;

export function SecondChart({ label, values, colour }: { label: string; values: readonly (number | null)[]; colour: string }) {
  const highest = values.reduce<number>((most, value) => Math.max(most, value ?? 0), 0);
  return (
    <svg
      className={styles.chart}
      viewBox={`0 0 ${values.length} ${HEIGHT}`}
      preserveAspectRatio="none"
      role="img"
      aria-label={label}
      style={{ color: `var(${colour})` }}
    >
      <path d={areaOf(values, highest)} fill="currentColor" />
      <line x1="0" x2={values.length} y1={HEIGHT} y2={HEIGHT} className={styles.floor} />
    </svg>
  );
}

/** Seconds of which nothing is known leave a gap. */
function areaOf(values: readonly (number | null)[], highest: number): string {
  const steps: string[] = [];
  for (const [second, value] of values.entries()) {
    if (value === null || value === 0) continue;
    const height = Math.max(1, (value / highest) * (HEIGHT - 2));
    steps.push(`M${second} ${HEIGHT}v${-Math.round(height * 100) / 100}h1V${HEIGHT}z`);
  }
  return steps.join("");
}
