/** Pricing records anew: what comes out differently becomes correction rows. */
import type { Pricer } from "./appending.ts";
import type { RepriceOptions, RepriceOutcome } from "./ledger.ts";
import type { StoredRecord } from "./query.ts";
import type { AuditNote, LedgerStore, Repricing } from "./store.ts";

const LIBRARY = "library";

export async function repriceRecords(store: LedgerStore, pricer: Pricer, options: RepriceOptions): Promise<RepriceOutcome> {
  const { startMs, endMs, filter, dryRun = false, actor = LIBRARY } = options;
  const span = { ...(startMs === undefined ? {} : { startMs }), ...(endMs === undefined ? {} : { endMs }) };
  if (!dryRun) await store.renameModels(pricer.canonicalModel);
  let isNoted = false;
  const outcome: RepriceOutcome = { examined: 0, corrected: 0, pricedNow: 0, differenceNanoUsd: 0n };
  for await (const page of store.records({ ...filter, ...span })) {
    const repricings: Repricing[] = [];
    for (const record of page) {
      outcome.examined++;
      const repricing = repricingOf(record, pricer);
      if (!repricing) continue;
      repricings.push(repricing);
      outcome.corrected++;
      if (record.costNanoUsd === null) outcome.pricedNow++;
      outcome.differenceNanoUsd += spendDifference(record, repricing);
    }
    if (dryRun || repricings.length === 0) continue;
    // One entry tells of the whole: it comes with the first records that get another price.
    await store.reprice(repricings, isNoted ? undefined : repriceNote({ ...span, ...(filter && { filter }) }, pricer.version, actor));
    isNoted = true;
  }
  return outcome;
}

function repriceNote(asked: object, priceVersion: string, actor: string): AuditNote {
  return { actor, action: "records.repriced", subject: "records", before: null, after: { ...asked, price_version: priceVersion } };
}

/** undefined where today's prices say what the book says. A price that is no longer known doesn't take a known cost away. */
function repricingOf(record: StoredRecord, pricer: Pricer): Repricing | undefined {
  const cost = pricer.cost(record);
  if (cost === undefined || cost === record.computedCostNanoUsd) return undefined;
  return { rowId: record.rowId, computedCostNanoUsd: cost, priceVersion: pricer.version };
}

/** A reported cost wins over any computed one, so its record's spend stays. */
function spendDifference(record: StoredRecord, repricing: Repricing): bigint {
  if (record.reportedCostNanoUsd !== undefined) return 0n;
  return BigInt(repricing.computedCostNanoUsd ?? 0) - BigInt(record.costNanoUsd ?? 0);
}
