/** A provider that is asked over HTTP, in one of the three formats. */
import { InvalidInput, ProviderError, quoteValue } from "../errors.ts";
import { COMPLETION_FORMATS } from "./completion-formats.ts";
import { KNOWN_PROVIDERS, keyHeader, pathUnder } from "./known-providers.ts";
import type { WireFormat } from "./operation.ts";
import type { CompletionCost, CompletionRequest, CompletionResponse, LLMProvider, PricedModel, ProviderPrices } from "./provider.ts";
import { readReply } from "./replies/read-reply.ts";
import { checkModel } from "./requests/model-name.ts";

export interface HttpProviderOptions {
  /** Also the provider's name in the price book. */
  name: string;
  /** Default: that of the name, where it is a known one. */
  api?: WireFormat;
  /** Default: that of the name. A `/v1` at its end is taken as part of the format's paths. */
  baseUrl?: string;
  apiKey?: string;
  /** Default: all that the prices know of this provider. */
  models?: readonly string[];
  /** `priceBook()` of `tokenledger`; without it, costs are unknown. */
  prices?: ProviderPrices;
  /** Default 10 minutes. */
  timeoutMs?: number;
  /** Default: the global one. */
  fetch?: typeof globalThis.fetch;
}

const HEALTH_TIMEOUT_MS = 10_000;

/** @throws InvalidInput where format or address can't be told from the name and are not given */
export function httpProvider(options: HttpProviderOptions): LLMProvider {
  return new HttpProvider(options);
}

class HttpProvider implements LLMProvider {
  readonly name: string;
  readonly #options: HttpProviderOptions;
  readonly #api: WireFormat;
  readonly #base: URL;

  constructor(options: HttpProviderOptions) {
    const { name } = options;
    const known = KNOWN_PROVIDERS.get(name);
    const api = options.api ?? known?.api;
    const address = options.baseUrl ?? known?.baseUrl;
    if (api === undefined) throw new InvalidInput(`${quoteValue(name)} needs api: openai, anthropic or gemini.`);
    if (address === undefined || !URL.canParse(address)) {
      throw new InvalidInput(`${quoteValue(name)} needs baseUrl: ${quoteValue(address ?? "")} is not an address.`);
    }
    this.name = name;
    this.#options = options;
    this.#api = api;
    this.#base = new URL(address);
  }

  availableModels(): readonly string[] {
    const { models, prices } = this.#options;
    if (models) return models;
    const bookName = this.name === "gemini" ? "google" : this.name;
    return [...new Set((prices?.entries() ?? []).filter(({ provider }) => provider === bookName).map(({ model }) => model))];
  }

  async complete(request: CompletionRequest): Promise<CompletionResponse> {
    const format = COMPLETION_FORMATS[this.#api];
    const path = format.path(checkModel("model", request.model));
    const reply = await this.#fetch(path, { method: "POST", body: JSON.stringify(format.body(request)) }, request.signal);
    const raw = await this.#json(reply);
    const { error, model = request.model, usage, id } = readReply(raw);
    if (!reply.ok || error) throw this.#failure(`answered ${reply.status}${error ? `: ${quoteValue(error.message, 300)}` : ""}`);
    return { text: format.text(raw), model, ...(usage && { usage }), ...(id !== undefined && { id }), raw };
  }

  calculateCost(request: CompletionRequest, response: CompletionResponse): CompletionCost {
    const { usage, model } = response;
    if (!usage) return { unpriced: true, reason: "the reply tells no usage" };
    const { prices } = this.#options;
    if (!prices) return { unpriced: true, reason: "the provider was given no prices" };
    const { tokens, serviceTier, speed, inferenceGeo } = usage;
    const terms = { ...(serviceTier && { serviceTier }), ...(speed && { speed }), ...(inferenceGeo && { inferenceGeo }) };
    const cost = prices.cost({ provider: this.name, model, tokens, ...terms });
    // A reply may name a version that the book does not have.
    return "unpriced" in cost && model !== request.model
      ? prices.cost({ provider: this.name, model: request.model, tokens, ...terms })
      : cost;
  }

  async healthCheck(): Promise<boolean> {
    try {
      const reply = await this.#fetch(COMPLETION_FORMATS[this.#api].modelsPath, { method: "GET" }, AbortSignal.timeout(HEALTH_TIMEOUT_MS));
      await reply.body?.cancel();
      return reply.ok;
    } catch {
      return false;
    }
  }

  getPricing(): readonly PricedModel[] {
    const { prices } = this.#options;
    return prices ? this.availableModels().flatMap((model) => prices.find(this.name, model) ?? []) : [];
  }

  async #fetch(path: string, init: { method: string; body?: string }, signal: AbortSignal | undefined): Promise<Response> {
    const { apiKey, timeoutMs = 600_000, fetch = globalThis.fetch } = this.#options;
    const headers = {
      ...COMPLETION_FORMATS[this.#api].headers,
      ...(init.body !== undefined && { "content-type": "application/json" }),
      ...(apiKey !== undefined && Object.fromEntries([keyHeader(this.#api, this.#base, apiKey)])),
    };
    const timeout = AbortSignal.timeout(timeoutMs);
    const signals = signal === undefined ? timeout : AbortSignal.any([signal, timeout]);
    try {
      // The key must not follow to wherever a redirect leads.
      return await fetch(new URL(pathUnder(this.#base, path), this.#base.origin), { ...init, headers, signal: signals, redirect: "error" });
    } catch (error) {
      throw this.#failure(timeout.aborted ? `has not answered within ${timeoutMs} ms` : "can't be reached", error);
    }
  }

  async #json(reply: Response): Promise<unknown> {
    let text: string;
    try {
      text = await reply.text();
    } catch (error) {
      throw this.#failure("broke off its answer", error);
    }
    try {
      return JSON.parse(text);
    } catch {
      if (reply.ok) throw this.#failure("answered with something else than JSON");
      return {};
    }
  }

  #failure(what: string, cause?: unknown): ProviderError {
    return new ProviderError(`Provider ${quoteValue(this.name)} ${what}.`, cause === undefined ? undefined : { cause });
  }
}
