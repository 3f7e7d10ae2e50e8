/** Several programs spend one book's budgets and are killed at random, while a reader watches. */
import { join } from "node:path";
import type { BudgetDefinition } from "../../src/budget/index.ts";
import { type Ledger, openLedger } from "../../src/ledger/index.ts";
import { linesOf, type Program, startProgram, until } from "./run-program.ts";

export interface Chaos {
  door: string;
  url: string;
  /** For the upstream's bill and the journal of acknowledgements. */
  folder: string;
  processes: number;
  inFlight: number;
  /** Evenly, until the money is spent. */
  kills: number;
  capNanoUsd: bigint;
  largestNanoUsd: number;
  /** A run that takes longer has failed. */
  withinMs: number;
}

export interface ChaosFigures {
  reserved: number;
  settled: number;
  kills: number;
  polls: number;
  violations: string[];
  snapshots: number;
  differences: string[];
  complaints: string[];
  seconds: number;
}

const TTL_MS = 1500;
/** What is left then is less than most calls ask for. */
const NEARLY_ALL_PERCENT = 97;

/** On key, team and organisation. */
function chaosBudgets(capNanoUsd: bigint): BudgetDefinition[] {
  const hard = { period: "lifetime", alerts: [50, 90, 100], enforcement: "block_requests", hard: true } as const;
  return [
    { ...hard, name: "org", scope: { org: "acme" }, amountNanoUsd: capNanoUsd },
    { ...hard, name: "team", scope: { team: "*" }, amountNanoUsd: (capNanoUsd * 2n) / 5n },
    { ...hard, name: "key", scope: { key: "*" }, amountNanoUsd: capNanoUsd / 4n },
  ];
}

export async function spendUntilKilled(chaos: Chaos): Promise<ChaosFigures> {
  const { folder, url } = chaos;
  const startMs = performance.now();
  const book = await openLedger(url);
  await book.budgets.put(chaosBudgets(chaos.capNanoUsd));
  await book.close();
  const reader = await openLedger(url, { readOnly: true });
  const figures: ChaosFigures = {
    reserved: 0,
    settled: 0,
    kills: 0,
    polls: 0,
    violations: [],
    snapshots: 0,
    differences: [],
    complaints: [],
    seconds: 0,
  };
  let generation = 0;
  const start = (): Program =>
    startProgram("spender", [
      chaos.door,
      url,
      folder,
      JSON.stringify({ name: `p${generation++}`, inFlight: chaos.inFlight, ttlMs: TTL_MS, largest: chaos.largestNanoUsd }),
    ]);
  const running = Array.from({ length: chaos.processes }, start);
  const enough = (Number(chaos.capNanoUsd) * NEARLY_ALL_PERCENT) / 100;
  let nextSnapshotMs = 0;
  for (;;) {
    const spent = await poll(reader, figures);
    if (spent >= enough) break;
    const elapsedMs = performance.now() - startMs;
    if (elapsedMs > chaos.withinMs) throw new Error(`not done: ${JSON.stringify(figures)}`);
    if (elapsedMs >= nextSnapshotMs) {
      await snapshot(reader, figures);
      nextSnapshotMs = performance.now() - startMs + 200;
    }
    // One kill after each so much money, so that both come to an end together, however fast the machine is.
    if (spent >= ((figures.kills + 1) * enough) / (chaos.kills + 1)) {
      const at = figures.kills++ % running.length;
      await kill(running[at] as Program, figures);
      running[at] = start();
    }
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  await Promise.all(running.map((program) => kill(program, figures)));
  figures.reserved = linesOf(join(folder, "bill")).length;
  figures.settled = linesOf(join(folder, "acknowledged")).length;
  await poll(reader, figures);
  await snapshot(reader, figures);
  await reader.close();
  figures.seconds = Math.round((performance.now() - startMs) / 1000);
  return figures;
}

/** guarantee G1: used + reserved is never above the cap, in any committed state. Answers what the organisation has spent. */
async function poll(reader: Ledger, figures: ChaosFigures): Promise<number> {
  figures.polls++;
  let ofAll = 0;
  for (const { name, value, spentNanoUsd, reservedNanoUsd, amountNanoUsd } of await reader.budgets.status()) {
    if (amountNanoUsd !== undefined && spentNanoUsd + reservedNanoUsd > amountNanoUsd)
      figures.violations.push(`${name} ${value ?? ""}: ${spentNanoUsd} + ${reservedNanoUsd} of ${amountNanoUsd}`);
    if (name === "org") ofAll = Number(spentNanoUsd);
  }
  return ofAll;
}

/** guarantee G5: in one snapshot, rollups and budgets are what the records add up to. */
async function snapshot(reader: Ledger, figures: ChaosFigures): Promise<void> {
  figures.snapshots++;
  for (const difference of (await reader.verify()).differences) figures.differences.push(JSON.stringify(difference));
}

async function kill({ child, ended }: Program, figures: ChaosFigures): Promise<void> {
  child.kill("SIGKILL");
  const { complaint } = await ended;
  if (complaint !== "") figures.complaints.push(complaint);
}

/** What each call was billed, or settled at, by its request id. */
export function amounts(folder: string, file: "bill" | "acknowledged"): Map<string, bigint> {
  return new Map(
    linesOf(join(folder, file)).map((line) => {
      const [id, nanoUsd] = line.split(" ") as [string, string];
      return [id, BigInt(nanoUsd)];
    }),
  );
}

/** guarantees G3 and G36: with nobody left to end them, all reservations end by their time, and what fits is admitted. */
export async function heal(url: string): Promise<{ healMs: number; admitted: boolean; differences: number }> {
  const ledger = await openLedger(url);
  try {
    const startMs = performance.now();
    const reserved = async (): Promise<bigint> =>
      (await ledger.budgets.status()).reduce((sum, { reservedNanoUsd }) => sum + reservedNanoUsd, 0n);
    const isFree = await until(async () => {
      await ledger.sweep();
      return (await reserved()) === 0n;
    }, TTL_MS + 10_000);
    const healMs = performance.now() - startMs;
    const org = (await ledger.budgets.status()).find(({ name }) => name === "org");
    const left = (org?.amountNanoUsd ?? 0n) - (org?.spentNanoUsd ?? 0n);
    // Of another team and key, so that the organisation's last nano-USD is what decides.
    const call = { provider: "acme", model: "acme-1", scope: { org: "acme", team: "healthy", key: "healthy" } };
    const share = left / 4n;
    const fits = { ...call, requestId: "healthy", estimate: { costUsd: Number(share) / 1e9 } };
    const admitted =
      isFree &&
      (await ledger.reserve(fits).then(
        () => true,
        () => false,
      ));
    await ledger.release("healthy").catch(() => {});
    return { healMs, admitted, differences: (await ledger.verify()).differences.length };
  } finally {
    await ledger.close();
  }
}
