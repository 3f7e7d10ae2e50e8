/** Cases that run under any test runner, or under none. */
import { deepStrictEqual as equal } from "node:assert";
import type { Ledger } from "../ledger/index.ts";

export interface ConformanceCase {
  name: string;
  /** Rejects where the promise is broken. */
  run(): Promise<void>;
}

/** Each check gets an empty book, which must verify when it is done. */
export function ledgerCases(open: () => Promise<Ledger>, checks: Record<string, (ledger: Ledger) => Promise<void>>): ConformanceCase[] {
  return Object.entries(checks).map(([name, check]) => ({ name, run: () => onVerifiedBook(open, check) }));
}

export async function onVerifiedBook(open: () => Promise<Ledger>, check: (ledger: Ledger) => Promise<void>): Promise<void> {
  const ledger = await open();
  try {
    await check(ledger);
    equal((await ledger.verify()).differences, []);
  } finally {
    await ledger.close();
  }
}
