/**
 * Wire formats of model providers: what a request may cost, what a reply did use.
 * @module
 */
export { FORMAT_OF, type Operation, type WireFormat } from "./operation.ts";
export type { OtherQuantities, Reading, ReplyUsage, Seen, SidePass, StreamMeter } from "./reading.ts";
// Replies.
export { billedPasses } from "./replies/billed-passes.ts";
export { readReply } from "./replies/read-reply.ts";
export type { RequestReading, TokenEstimate } from "./request.ts";
export { type ReplyOptions, type StreamOptions, streamMeter } from "./streams/stream-meter.ts";
