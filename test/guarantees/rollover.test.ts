import { expect, it } from "vitest";
import { openLedger } from "../../src/ledger/index.ts";
import { Chance, FakeClock } from "../../src/testing/index.ts";
import { report } from "./figures.ts";

const HOUR_MS = 3_600_000;
const OPERATIONS = 5000;

/** Days that begin or end strangely: without a local midnight, with an hour twice or half an hour, at the end of a year, on 29 February. */
const DAYS: readonly [timeZone: string, day: string][] = [
  ["Africa/Cairo", "2026-04-24"],
  ["America/Havana", "2026-03-08"],
  ["America/Santiago", "2026-09-06"],
  ["Asia/Beirut", "2026-03-29"],
  ["Atlantic/Azores", "2026-03-29"],
  ["Australia/Lord_Howe", "2026-04-05"],
  ["Australia/Lord_Howe", "2026-10-04"],
  ["Asia/Kathmandu", "2026-06-15"],
  ["America/New_York", "2026-11-01"],
  ["Europe/Berlin", "2026-10-25"],
  ["America/St_Johns", "2026-03-08"],
  ["Pacific/Apia", "2028-02-29"],
  ["Pacific/Kiritimati", "2027-01-01"],
  ["UTC", "2026-12-31"],
];

it(`guarantee G13: ${OPERATIONS} calls around ${DAYS.length} strange midnights count in exactly one day each, and nothing is lost between days`, {
  timeout: 120_000,
}, async () => {
  const chance = new Chance(13);
  const clock = new FakeClock(Date.UTC(2026, 0, 1));
  const ledger = await openLedger("sqlite::memory:", { clock });
  const names = DAYS.map(([timeZone, day]) => `${timeZone} ${day}`);
  await ledger.budgets.put(
    DAYS.map(([timeZone], index) => ({
      name: names[index] as string,
      scope: { project: names[index] as string },
      period: "daily" as const,
      timeZone,
      amountNanoUsd: 1_000_000n,
      alerts: [],
      enforcement: "block_requests" as const,
      hard: true,
    })),
  );
  const made = new Map<string, { timeMs: number; nanoUsd: bigint }[]>(names.map((name) => [name, []]));
  for (let operation = 0; operation < OPERATIONS; operation++) {
    const [, day] = DAYS[operation % DAYS.length] as (typeof DAYS)[number];
    const project = names[operation % DAYS.length] as string;
    const timeMs = Date.parse(`${day}T00:00:00Z`) + chance.whole(-16 * HOUR_MS, 40 * HOUR_MS);
    clock.advance(1);
    clock.set(timeMs);
    const nanoUsd = chance.whole(1, 900);
    const call = { requestId: `r-${operation}`, provider: "acme", model: "acme-1", scope: { project } };
    const reservation = await ledger.reserve({ ...call, estimate: { costUsd: `0.${String(nanoUsd).padStart(9, "0")}` } });
    // A second later it may be another day: the call counts where it was reserved.
    if (operation % 3 === 0) clock.set(timeMs + 5000);
    await reservation.settle();
    made.get(project)?.push({ timeMs, nanoUsd: BigInt(nanoUsd) });
  }
  let windows = 0;
  for (const [name, calls] of made) {
    const [timeZone] = name.split(" ");
    const format = new Intl.DateTimeFormat("en-CA", { timeZone, dateStyle: "short" });
    const days = new Map<string, bigint>();
    for (const { timeMs, nanoUsd } of calls) days.set(format.format(timeMs), (days.get(format.format(timeMs)) ?? 0n) + nanoUsd);
    const counted = new Map<number, bigint>();
    for (const { timeMs } of calls) {
      const status = (await statusOf(timeMs)).find((one) => one.name === name);
      expect(status !== undefined && status.window.startMs <= timeMs && timeMs < status.window.endMs, name).toBe(true);
      if (status !== undefined) counted.set(status.window.startMs, status.spentNanoUsd);
    }
    expect(
      [...counted].sort(([a], [b]) => a - b).map(([, spent]) => spent),
      name,
    ).toEqual([...days].sort().map(([, spent]) => spent));
    windows += counted.size;
  }
  report("G13 strange midnights", { operations: OPERATIONS, windows, zones: new Set(DAYS.map(([zone]) => zone)).size });
  expect((await ledger.verify()).differences).toEqual([]);
  await ledger.close();

  function statusOf(atMs: number): ReturnType<typeof ledger.budgets.status> {
    return ledger.budgets.status({ atMs });
  }
});
