/**
 * For tests of programs that use TokenLedger: time and chance under control, a provider that does what it is told, what every store must
 * do, and lives in which all goes wrong. Needs no test runner.
 * @module
 */
export { auditConformance } from "./audit-conformance.ts";
export { type BudgetConformanceCase, budgetConformance } from "./budget-conformance.ts";
export type { ConformanceCase } from "./conformance-case.ts";
export { FakeClock } from "./fake-clock.ts";
export { keyConformance } from "./key-conformance.ts";
export { ledgerConformance } from "./ledger-conformance.ts";
export type { BilledCall, ScriptedReply, SeenRequest, UsageTelling } from "./scripted-upstream/scripted-reply.ts";
export {
  type ReplyRule,
  type ScriptedUpstream,
  type ScriptedUpstreamOptions,
  startScriptedUpstream,
} from "./scripted-upstream/scripted-upstream.ts";
export { sessionConformance } from "./session-conformance.ts";
export { Chance } from "./simulation/chance.ts";
export { ENGINE_EVENTS, type EngineEvent } from "./simulation/engine-events.ts";
export { FailingDisk, type SqliteDriver } from "./simulation/failing-disk.ts";
export { LEDGER_EVENTS, type LedgerEvent } from "./simulation/ledger-events.ts";
export { simulateEngine } from "./simulation/simulate-engine.ts";
export { type SimulatedWorld, simulateLedger } from "./simulation/simulate-ledger.ts";
export { Sometimes } from "./simulation/sometimes.ts";
