/**
 * One process in front of the models: the gateway and its small API.
 * @module
 */
export { type LogFormat, noteLine } from "./observing/event-log.ts";
export { startServer } from "./server.ts";
export type { RunningServer, SavingsFile, ServerOptions } from "./server-options.ts";
