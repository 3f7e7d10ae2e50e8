/** What a request asks for, by its method and address: something to be metered, something free, or something that no budget can hold for. */
import { FORMAT_OF, type Operation, providerAt } from "../providers/index.ts";

export type CallPath =
  | { kind: "call"; operation: Operation; provider: string; modelInPath?: string; isStreamPath?: boolean }
  /** Asks for what an earlier call has made. */
  | { kind: "poll"; operation: Operation; provider: string; externalId: string }
  /** Costs nothing, or is no provider's. */
  | { kind: "free" }
  | { kind: "refused"; message: string };

export interface CallPathOptions {
  /** Who serves all calls, whatever their address. */
  provider?: string | undefined;
  /** A client's own vendor, and where it sends its requests. */
  client?: { vendor: string; baseUrl: string };
}

const FREE: CallPath = { kind: "free" };
/** For addresses without a host, which some implementations of fetch take. */
const NOWHERE = "http://nowhere.invalid";
const PATHS_KEPT = 500;

const CALLS: ReadonlyMap<string, Operation> = new Map([
  ["chat/completions", "chat"],
  ["completions", "completions"],
  ["embeddings", "embeddings"],
  ["responses", "responses"],
  ["images/generations", "images"],
  ["images/edits", "images"],
  ["audio/speech", "speech"],
  ["audio/transcriptions", "transcription"],
  ["audio/translations", "transcription"],
  ["messages", "messages"],
  ["messages/batches", "message_batches"],
]);
/** The one path that nobody uses for anything else, wherever it begins. */
const SURE_PATH = "chat/completions";
const GEMINI_VERBS: ReadonlyMap<string, { operation: Operation; isStreamPath?: boolean } | undefined> = new Map([
  ["generateContent", { operation: "generate" }],
  ["streamGenerateContent", { operation: "generate", isStreamPath: true }],
  ["embedContent", { operation: "embed" }],
  ["batchEmbedContents", { operation: "embed" }],
]);
/** Of a known provider: what is posted and never billed. All else that is posted there may be. */
const FREE_POSTS =
  /^(?:moderations|files|uploads(?:\/[\w-]+\/\w+)?|conversations(?:\/[\w-]+(?:\/items)?)?|responses\/input_tokens|messages\/count_tokens|(?:batches|messages\/batches|fine_tuning\/jobs|vector_stores\/[\w-]+\/file_batches)\/[\w-]+\/cancel|models\/[^/:]+:countTokens)$/;
const GEMINI = /(?:^|\/)models\/([^/:]+):([A-Za-z]+)$/;
const POLL = /^(responses|messages\/batches)\/([\w-]{1,200})(?:\/(cancel|results))?$/;
const VERSION = /^v\d+[a-z]{0,5}\d{0,3}$/;

export class CallPaths {
  readonly #options: CallPathOptions;
  readonly #base: URL | undefined;
  /** A program asks for few addresses, many times. */
  readonly #known = new Map<string, CallPath>();

  constructor(options: CallPathOptions) {
    this.#options = options;
    const baseUrl = options.client?.baseUrl;
    this.#base = baseUrl !== undefined && URL.canParse(baseUrl) ? new URL(baseUrl) : undefined;
  }

  of(method: string, address: string): CallPath {
    const name = `${method} ${address}`;
    let path = this.#known.get(name);
    if (path !== undefined) return path;
    path = URL.canParse(address, NOWHERE) ? this.#read(method, new URL(address, NOWHERE)) : FREE;
    if (this.#known.size >= PATHS_KEPT) this.#known.clear();
    this.#known.set(name, path);
    return path;
  }

  #read(method: string, url: URL): CallPath {
    const { client, provider: told } = this.#options;
    const isClients = this.#base !== undefined && url.origin === this.#base.origin;
    const known = providerAt(url.hostname);
    const provider = (vendor: string): string => told ?? known ?? (isClients ? (client?.vendor ?? vendor) : vendor);
    const path = isClients ? pathBehind(this.#base, url.pathname) : pathOf(url.pathname.replace(/(?<!\/)\/+$/, ""));
    const poll = POLL.exec(path);
    if (poll !== null && isPoll(method, poll)) {
      const operation = poll[1] === "responses" ? "responses" : "message_batches";
      return { kind: "poll", operation, provider: provider(FORMAT_OF[operation]), externalId: poll[2] as string };
    }
    if (method !== "POST") return isRead(method) || !(isClients || known !== undefined) ? FREE : refused(method, url);
    const gemini = GEMINI.exec(path);
    const verb = gemini === null ? undefined : GEMINI_VERBS.get(gemini[2] as string);
    if (gemini !== null && verb !== undefined)
      return { kind: "call", ...verb, modelInPath: decoded(gemini[1] as string), provider: provider("gemini") };
    const operation = CALLS.get(path) ?? (path.endsWith(`/${SURE_PATH}`) ? "chat" : undefined);
    if (operation !== undefined) return { kind: "call", operation, provider: provider(FORMAT_OF[operation]) };
    // What nobody knows to be a provider's is the program's own affair.
    return (isClients || known !== undefined) && !FREE_POSTS.test(path) ? refused(method, url) : FREE;
  }
}

function isPoll(method: string, [, kind, , action]: RegExpExecArray): boolean {
  if (action === "cancel") return method === "POST" && kind === "responses";
  return method === "GET" && (kind === "responses" ? action === undefined : action === "results");
}

function isRead(method: string): boolean {
  return method === "GET" || method === "HEAD" || method === "OPTIONS" || method === "DELETE";
}

/** The format's own path: what follows the version, or what a version would stand before. */
function pathOf(pathname: string): string {
  const parts = pathname.split("/");
  const version = parts.findLastIndex((part) => VERSION.test(part));
  if (version >= 0) return withoutDeployment(parts.slice(version + 1));
  const openai = parts.lastIndexOf("openai");
  return openai < 0 ? pathname.slice(1) : withoutDeployment(parts.slice(openai + 1));
}

function pathBehind(base: URL | undefined, pathname: string): string {
  const prefix = (base?.pathname ?? "").replace(/(?<!\/)\/+$/, "");
  const rest = pathname.startsWith(`${prefix}/`) ? pathname.slice(prefix.length) : pathname;
  const parts = rest.split("/").filter((part) => part !== "");
  return withoutDeployment(VERSION.test(parts[0] ?? "") ? parts.slice(1) : parts);
}

/** Google's and Azure's paths in OpenAI's format: `v1beta/openai/…`, `openai/deployments/NAME/…`. */
function withoutDeployment(parts: string[]): string {
  const own = parts[0] === "openai" ? parts.slice(1) : parts;
  return (own[0] === "deployments" ? own.slice(2) : own).join("/");
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function refused(method: string, { pathname, hostname }: URL): CallPath {
  return {
    kind: "refused",
    message: `${method} ${pathname} at ${hostname} may cost money that can't be told beforehand, so no budget can hold for it; make it with a client that is not wrapped.`,
  };
}
