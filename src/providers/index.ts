/**
 * Wire formats of model providers: what a request may cost, what a reply did use.
 * @module
 */
export { FORMAT_OF, type Operation, type WireFormat } from "./operation.ts";
export type { OtherQuantities, Reading, ReplyUsage, Seen, SidePass, StreamMeter } from "./reading.ts";
export type { RequestReading, TokenEstimate } from "./request.ts";
