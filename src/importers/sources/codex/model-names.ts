/** Models that Codex does not name. */

/** Used where a log names no model at all. */
const FALLBACK_MODEL = "gpt-5";

const AUTOMATIC_REVIEW = "codex-auto-review";

/** The model behind automatic reviews was each time the newest for code; from → its name. */
const REVIEW_MODELS: readonly (readonly [fromMs: number, model: string])[] = [
  [Date.UTC(2026, 6, 30), "gpt-5.6-luna"],
  [Date.UTC(2026, 2, 5), "gpt-5.4"],
  [Date.UTC(2026, 1, 5), "gpt-5.3-codex"],
  [Date.UTC(2025, 11, 11), "gpt-5.2-codex"],
  [Date.UTC(2025, 10, 13), "gpt-5.1-codex"],
  [Date.UTC(2025, 8, 15), "gpt-5-codex"],
];

/** The model that answered; `isGuess` where the log does not really say. */
export function resolveModel(logged: string | undefined, timestampMs: number): { model: string; isGuess: boolean } {
  if (logged === undefined) return { model: FALLBACK_MODEL, isGuess: true };
  if (logged !== AUTOMATIC_REVIEW) return { model: logged, isGuess: false };
  return { model: REVIEW_MODELS.find(([fromMs]) => timestampMs >= fromMs)?.[1] ?? FALLBACK_MODEL, isGuess: true };
}
