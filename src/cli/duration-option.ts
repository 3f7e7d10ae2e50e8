/** Lengths of time as they are typed: `90m`, `24h`, `7d`. */

const UNIT_MS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Milliseconds, or undefined for what is no length of time. Ten years at most. */
export function durationIn(text: string): number | undefined {
  const [, count, unit = ""] = /^(\d{1,9})([smhd])$/.exec(text) ?? [];
  const durationMs = count === undefined ? undefined : Number(count) * (UNIT_MS[unit] as number);
  return durationMs !== undefined && durationMs <= 3653 * 86_400_000 ? durationMs : undefined;
}
