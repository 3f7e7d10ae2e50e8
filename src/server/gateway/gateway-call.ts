/** One call of a client, on its way through the gateway. */
import type { CallOwner } from "../../ledger/index.ts";
import type { RequestReading } from "../../providers/index.ts";
import type { Caller } from "./access/caller.ts";
import type { Route } from "./routes.ts";

export interface GatewayCall {
  requestId: string;
  /** The caller gave the id itself. */
  hasOwnId: boolean;
  route: Route;
  caller: Caller;
  scope: CallOwner;
  /** As the client named it: what it is sent as is the reading's. */
  requestedModel: string;
  /** Of the body, and so of what the provider is asked for. */
  reading: RequestReading;
  body: Buffer;
  /** The format's own path. */
  path: string;
  /** The query that goes to the provider, with its question mark, or nothing. */
  query: string;
  /** Of the request, names and values in turn. */
  rawHeaders: readonly string[];
  startedMs: number;
  /** A saving rule has sent it elsewhere than it was asked to go. */
  isMoved?: true;
}
