/** How much a guarantee's test does, and where its figures go. */
import { appendFileSync } from "node:fs";

/** The full figures take long; `benchmarks/guarantees` asks for them. */
export const isFull: boolean = process.env.TOKENLEDGER_GUARANTEES === "full";

/** What a run did and found, for the table that `benchmarks/guarantees/processes.mjs` prints. */
export function report(guarantee: string, figures: Readonly<Record<string, number | string>>): void {
  const path = process.env.TOKENLEDGER_GUARANTEE_FIGURES;
  if (path) appendFileSync(path, `${JSON.stringify({ guarantee, ...figures })}\n`);
}
