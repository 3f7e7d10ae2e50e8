/** A made-up story for analyses: about $200 a day through the working hours, a batch of $200 every Monday night, a budget of $5,000. */
import { type Machine, recordForm } from "./run-command.ts";

const DAY_MS = 86_400_000;
const FIRST_DAY_MS = Date.UTC(2026, 2, 2);

/** A Sunday noon: the month is half over. */
export const STORY_NOW = "2026-05-17T12:00:00Z";

/** Whole days up to the day before. */
const DAYS = 76;

/** Park and Miller's numbers in [0, 1): the same on every machine. */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

/** Calls of $5.00 by day, and on Mondays at two in the night others of $4.50: what they cost follows from their tokens alone. */
export function storyRecords(): Record<string, unknown>[] {
  const random = randomNumbers(7);
  const records: Record<string, unknown>[] = [];
  for (let day = 0; day < DAYS; day++) {
    const dayMs = FIRST_DAY_MS + day * DAY_MS;
    const add = (id: string, atMs: number, fields: Record<string, unknown>): number =>
      records.push(recordForm({ id: `${day}-${id}`, timestamp: new Date(atMs).toISOString(), provider: "anthropic", ...fields }));
    const calls = 36 + Math.floor(random() * 9);
    for (let call = 0; call < calls; call++) {
      const hour = 8 + ((random() + random()) / 2) * 10;
      add(`call-${call}`, Math.round(dayMs + hour * 3_600_000), {
        model: "claude-opus-4-5",
        input_tokens: 180_000,
        output_tokens: 164_000,
        team: call % 3 === 0 ? "research" : "engineering",
        project: "storefront",
      });
    }
    if (day % 7 !== 0) continue;
    for (let call = 0; call < 44; call++) {
      add(`batch-${call}`, dayMs + 2 * 3_600_000 + call * 60_000, {
        model: "claude-sonnet-4-5",
        input_tokens: 150_000,
        output_tokens: 270_000,
        team: "data",
        project: "weekly-digest",
      });
    }
  }
  return records;
}

/** The story's book, with its budget. */
export function tellStory(machine: Machine): void {
  machine.importRecords(storyRecords());
  machine.run(["budget", "set", "claude", "--amount", "5000", "--period", "monthly", "--time-zone", "UTC"], {
    env: { TOKENLEDGER_NOW: STORY_NOW },
  });
}
