/** What one route of the API is: the table of them is the one source for who is let in, what is read, and what the description says. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { KeyRole } from "../../budget/index.ts";
import type { Clock } from "../../clock.ts";
import type { Config } from "../../config/index.ts";
import type { JsonSchema } from "../../insights/index.ts";
import type { Ledger } from "../../ledger/index.ts";
import type { Caller } from "../gateway/access/caller.ts";
import type { Gateway } from "../gateway/gateway.ts";
import type { Observing } from "../observing/observing.ts";
import type { ReadTraces } from "../server-options.ts";
import type { Upstreams } from "../upstreams/upstreams.ts";
import type { AnswerDesk } from "./answers/answer-desk.ts";
import type { KeptAnswers } from "./answers/kept-answers.ts";
import type { KeptSavings } from "./kept-savings.ts";
import type { Reach } from "./reach.ts";

export interface ApiParameter {
  schema: JsonSchema;
  description: string;
  required?: boolean;
  /** May be given several times: see {@link ApiCall.values}. */
  repeats?: boolean;
}

export interface ApiBody {
  schema: JsonSchema;
  maxBytes?: number;
  description?: string;
  example?: object;
  /** The handler reads and checks it: it is described here, and no more. */
  readsItself?: true;
  /** Taken from pages of this server only: what it does is done to the browser that sends it. */
  fromOwnPage?: true;
}

export interface ApiRoute {
  method: "GET" | "POST" | "PUT" | "DELETE";
  /** `/api/v1/budgets/{name}`. */
  path: string;
  operationId: string;
  summary: string;
  description?: string;
  tag: string;
  /** Who may ask; `anyone` needs no key. */
  access: "anyone" | readonly KeyRole[];
  /** Of the path, by their names in braces. */
  pathParameters?: Readonly<Record<string, Pick<ApiParameter, "schema" | "description">>>;
  /** Of the query; others are refused. */
  parameters?: Readonly<Record<string, ApiParameter>>;
  /** JSON; fields that its schema doesn't name are refused. */
  body?: ApiBody;
  answers: Readonly<Record<number, ApiAnswerDescription>>;
  handle(call: ApiCall): Promise<ApiAnswer> | ApiAnswer;
}

export interface ApiAnswerDescription {
  description: string;
  /** Of JSON; a document's is named by {@link documentRef}. */
  schema?: JsonSchema;
  /** Default `application/json`. */
  contentType?: string;
  /** Content types in which it is answered, too, where they are asked for. */
  otherForms?: readonly string[];
  /** Names of headers, and what they tell. */
  headers?: Readonly<Record<string, string>>;
}

export interface ApiCall {
  caller: Caller;
  reach: Reach;
  /** The path's parameters, decoded. */
  path: Readonly<Record<string, string>>;
  /** The query's parameters; of repeated ones the first. */
  query: ReadonlyMap<string, string>;
  /** All values of each parameter of the query. */
  values: ReadonlyMap<string, readonly string[]>;
  /** As its schema says; undefined where the route takes none. */
  body: unknown;
  request: IncomingMessage;
  response: ServerResponse;
  requestId: string;
  /** As the audit log has it: `local`, or `key:` and the id. */
  actor: string;
  context: ApiContext;
}

export interface ApiAnswer {
  status: number;
  document?: object;
  text?: string;
  contentType?: string;
  /** Names and values in turn. */
  headers?: readonly string[];
  /** The handler writes the reply itself, as a stream of events does. */
  isTaken?: true;
}

/** What the routes work with. */
export interface ApiContext {
  ledger: Ledger;
  config: Config;
  clock: Clock;
  gateway: Gateway;
  upstreams: Upstreams;
  observing: Observing;
  answers: AnswerDesk;
  keptAnswers: KeptAnswers;
  version: string;
  /** In which days are cut where none is asked for. */
  timeZone: string;
  /** All that is served. */
  routes: readonly ApiRoute[];
  readTraces: ReadTraces | undefined;
  /** Undefined: nothing can be applied here. */
  savings: KeptSavings | undefined;
  /** The server begins to close: who sends it calls should look elsewhere. */
  isClosing(): boolean;
  /** Who makes this request, asked anew: streams end when their key or session does. @throws Refusal 401 */
  callerOf(request: IncomingMessage): Promise<Caller>;
  reachOf(caller: Caller): Reach;
}

/** Who may ask, in the words of the table. */
export const READERS: readonly KeyRole[] = ["viewer", "admin"];
export const ADMINS: readonly KeyRole[] = ["admin"];
export const WRITERS: readonly KeyRole[] = ["member", "admin"];
export const EVERY_KEY: readonly KeyRole[] = ["member", "viewer", "admin"];

/** Names are at most 512 characters, and a key's own names may stand before them. */
const LONGEST_NAME = 600;

/** Of a budget, or of a key or its id. */
export function nameParameter(description: string): ApiParameter {
  return { schema: { type: "string", minLength: 1, maxLength: LONGEST_NAME }, description };
}

/** A document's schema by its name in the description's components. */
export function documentRef(name: string): JsonSchema {
  return { $ref: `#/components/schemas/${name}` };
}
