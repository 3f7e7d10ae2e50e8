/** Work that goes on at a provider after its reply: the hold stays until somebody asks for the result, or its time is over. */
import type { Ledger, LedgerReservation } from "../../../ledger/index.ts";
import type { Reading } from "../../../providers/index.ts";
import type { AdmittedCall } from "../admission/admission.ts";
import type { AttemptEnd } from "../forwarding/attempt.ts";
import { workName } from "../kept-work.ts";

const HOUR_MS = 3_600_000;
/** How long providers keep results: then nobody can learn any more what the work has cost. */
const RESPONSE_MS = 25 * HOUR_MS;
const BATCH_MS = 29 * 24 * HOUR_MS;

/** @returns whether the hold now waits for the result, so that it must not be settled */
export async function trackPending(
  { hold, upstream }: AdmittedCall,
  { id, usage, isPending }: Reading,
  end: AttemptEnd,
  log: (line: string) => void,
): Promise<boolean> {
  if (id === undefined || end.kind === "failed" || end.status > 299) return false;
  const goesOn = isPending === true || (end.kind === "streamed" && end.ending !== "complete" && !end.seen.isComplete);
  if (!goesOn || (usage !== undefined && isPending !== true)) return false;
  try {
    await hold.track(workName(upstream.name, id));
    await hold.extend({ ttlMs: id.startsWith("msgbatch") ? BATCH_MS : RESPONSE_MS });
  } catch (error) {
    log(`request ${hold.requestId} goes on at ${upstream.name} and could not be noted: ${error instanceof Error ? error.message : error}`);
  }
  return true;
}

/** The hold of work under way, and whose provider does it. */
export async function trackedAt(
  ledger: Ledger,
  upstreams: readonly { name: string }[],
  id: string,
): Promise<{ hold: LedgerReservation; upstreamName: string } | undefined> {
  for (const { name } of upstreams) {
    const hold = await ledger.tracked(workName(name, id));
    if (hold !== undefined) return { hold, upstreamName: name };
  }
  return undefined;
}
