/** What the gateway answers, and nothing else: every path that could cost money is one of these, and passes admission. */
import { FORMAT_OF, type Operation, type WireFormat } from "../../providers/index.ts";

/**
 * `call`: is metered. `count`: asks a provider about tokens and costs nothing. `poll`: asks for what an earlier call has made.
 * `models`: is answered here.
 */
export type RouteKind = "call" | "count" | "poll" | "models";

export interface Route {
  kind: RouteKind;
  format: WireFormat;
  operation?: Operation;
  /** The model, where the path names it. */
  model?: string;
  /** The path, not the body, asks for a stream. */
  isStream?: boolean;
  /** The provider's id of what a poll asks for. */
  externalId?: string;
}

/** A path that is known, with the methods under which it is. */
export interface WrongMethod {
  allowed: string;
}

type Methods = Readonly<Record<string, Route>>;

const FIXED: ReadonlyMap<string, Methods> = new Map([
  ["/v1/chat/completions", { POST: call("chat") }],
  ["/v1/completions", { POST: call("completions") }],
  ["/v1/embeddings", { POST: call("embeddings") }],
  ["/v1/responses", { POST: call("responses") }],
  ["/v1/images/generations", { POST: call("images") }],
  ["/v1/audio/speech", { POST: call("speech") }],
  ["/v1/audio/transcriptions", { POST: call("transcription") }],
  ["/v1/messages", { POST: call("messages") }],
  ["/v1/messages/count_tokens", { POST: { ...call("count_tokens"), kind: "count" } }],
  ["/v1/messages/batches", { POST: call("message_batches") }],
  ["/v1/models", { GET: { kind: "models", format: "openai" } }],
] satisfies [string, Methods][]);

/** Gemini's verbs, by what they ask for. `batchEmbedContents` is what its own client sends for `embedContent`. */
const GEMINI_VERBS: ReadonlyMap<string, Route> = new Map([
  ["generateContent", call("generate")],
  ["streamGenerateContent", { ...call("generate"), isStream: true }],
  ["embedContent", call("embed")],
  ["batchEmbedContents", call("embed")],
  ["countTokens", { ...call("gemini_count_tokens"), kind: "count" }],
] satisfies [string, Route][]);

const GEMINI = /^\/v1beta\/models\/([A-Za-z0-9][A-Za-z0-9._@-]{0,199}):([A-Za-z]{1,40})$/;
const MODEL = /^\/v1\/models\/([A-Za-z0-9][A-Za-z0-9._:@/-]{0,199})$/;
const RESPONSE = /^\/v1\/responses\/([A-Za-z0-9_-]{1,200})(\/cancel|\/input_items)?$/;
const BATCH = /^\/v1\/messages\/batches\/([A-Za-z0-9_-]{1,200})(\/cancel|\/results)?$/;

/** A path of the gateway, as a description of it names what varies in it. */
export interface GatewayPath {
  path: string;
  methods: readonly string[];
  summary: string;
}

/** Every path above, for descriptions. */
export const GATEWAY_PATHS: readonly GatewayPath[] = [
  ...[...FIXED].map(([path, methods]) => ({ path, methods: Object.keys(methods), summary: summaryOf(Object.values(methods)[0] as Route) })),
  ...[...GEMINI_VERBS].map(([verb, route]) => ({ path: `/v1beta/models/{model}:${verb}`, methods: ["POST"], summary: summaryOf(route) })),
  { path: "/v1/models/{model}", methods: ["GET"], summary: "One model that may be called" },
  ...["", "/cancel", "/input_items"].map((suffix) => pollPath(`/v1/responses/{id}${suffix}`, "responses", suffix)),
  ...["", "/cancel", "/results"].map((suffix) => pollPath(`/v1/messages/batches/{id}${suffix}`, "message_batches", suffix)),
];

function summaryOf({ kind, format, operation }: Route): string {
  if (operation === undefined) return "The models that may be called";
  return `${kind === "count" ? "Asked of the provider, free" : "Metered"}: ${operation.replaceAll("_", " ")}, in the format of ${format}`;
}

function pollPath(path: string, operation: Operation, suffix: string): GatewayPath {
  const methods = Object.keys(pollMethods(poll(operation, "id"), suffix === "" ? undefined : suffix));
  return { path, methods, summary: `What an earlier call has made: ${operation.replaceAll("_", " ")}` };
}

/** @param path as it came, without the query: nothing in it is resolved or decoded */
export function routeOf(method: string, path: string): Route | WrongMethod | undefined {
  const methods = FIXED.get(path) ?? patternedMethods(path);
  if (methods === undefined) return undefined;
  return (Object.hasOwn(methods, method) ? methods[method] : undefined) ?? { allowed: Object.keys(methods).join(", ") };
}

function patternedMethods(path: string): Methods | undefined {
  const gemini = GEMINI.exec(path);
  if (gemini !== null) {
    const route = GEMINI_VERBS.get(gemini[2] as string);
    return route && { POST: { ...route, model: gemini[1] as string } };
  }
  const response = RESPONSE.exec(path);
  if (response !== null) return pollMethods(poll("responses", response[1] as string), response[2]);
  const batch = BATCH.exec(path);
  if (batch !== null) return pollMethods(poll("message_batches", batch[1] as string), batch[2]);
  const model = MODEL.exec(path);
  return model === null ? undefined : { GET: { kind: "models", format: "openai", model: model[1] as string } };
}

function pollMethods(route: Route, suffix: string | undefined): Methods {
  if (suffix === "/cancel") return { POST: route };
  return suffix === undefined ? { GET: route, DELETE: route } : { GET: route };
}

function call(operation: Operation): Route {
  return { kind: "call", operation, format: FORMAT_OF[operation] };
}

function poll(operation: Operation, externalId: string): Route {
  return { kind: "poll", operation, format: FORMAT_OF[operation], externalId };
}
