/** A provider as a program sees it: ask for a completion, and learn what it costs. */
import { InvalidInput, ProviderError, quoteValue } from "../errors.ts";
import type { ServiceTerms, TokenCounts } from "../usage/index.ts";
import type { ReplyUsage } from "./reading.ts";

export interface CompletionMessage {
  role: "system" | "user" | "assistant";
  content: string;
}

/** A completion in the words that all formats have in common. */
export interface CompletionRequest {
  model: string;
  messages: readonly CompletionMessage[];
  /** Default: the provider's; 4,096 where its format needs a limit. */
  maxTokens?: number;
  temperature?: number;
  signal?: AbortSignal;
}

export interface CompletionResponse {
  text: string;
  /** The model that answered. */
  model: string;
  /** Absent where the provider does not tell. */
  usage?: ReplyUsage;
  id?: string;
  /** The reply as it came. */
  raw: unknown;
}

/** The same shape as the price book's answers. */
export type CompletionCost = { costUsd: number; costNanoUsd: number } | { unpriced: true; reason: string };

export interface PricedModel {
  provider: string;
  model: string;
}

/** Prices, as `priceBook()` of `tokenledger` has them. */
export interface ProviderPrices {
  cost(query: ServiceTerms & { provider: string; model: string; tokens: TokenCounts }): CompletionCost;
  /** The entry in force. */
  find(provider: string, model: string): PricedModel | undefined;
  entries(): readonly PricedModel[];
}

export interface LLMProvider {
  readonly name: string;
  availableModels(): readonly string[];
  /** @throws ProviderError where the provider fails, or can't be reached */
  complete(request: CompletionRequest): Promise<CompletionResponse>;
  calculateCost(request: CompletionRequest, response: CompletionResponse): CompletionCost;
  /** Whether it answers; never throws. */
  healthCheck(): Promise<boolean>;
  /** The prices of its models. */
  getPricing(): readonly PricedModel[];
}

/**
 * Providers by name.
 *
 * @example
 * ```ts
 * import { httpProvider, ProviderRegistry } from "tokenledger/providers";
 * const registry = new ProviderRegistry({ defaultProvider: "openai" });
 * registry.register(httpProvider({ name: "openai", apiKey: "sk-…", models: ["gpt-4o"] }));
 * registry.getDefault().availableModels(); // => ["gpt-4o"]
 * ```
 */
export class ProviderRegistry {
  readonly #providers = new Map<string, LLMProvider>();
  readonly #defaultProvider: string | undefined;

  /** @param options without `defaultProvider`, the first that is registered is the default */
  constructor(options: { defaultProvider?: string } = {}) {
    this.#defaultProvider = options.defaultProvider;
  }

  /** @throws InvalidInput where the name is taken */
  register(provider: LLMProvider): void {
    const { name } = provider;
    if (typeof name !== "string" || name === "") throw new InvalidInput(`name: ${quoteValue(name)} is not a provider's name; give a text.`);
    if (this.#providers.has(name))
      throw new InvalidInput(`A provider named ${quoteValue(name)} is registered already; give each its own name.`);
    this.#providers.set(name, provider);
  }

  /** @throws ProviderError where no provider has that name */
  get(name: string): LLMProvider {
    const provider = this.#providers.get(name);
    if (provider) return provider;
    throw new ProviderError(`No provider named ${quoteValue(name)} is registered; registered are ${this.names().join(", ") || "none"}.`);
  }

  /** @throws ProviderError where it is not registered */
  getDefault(): LLMProvider {
    const name = this.#defaultProvider ?? this.names()[0];
    if (name === undefined) throw new ProviderError("No provider is registered, so there is no default one.");
    return this.get(name);
  }

  /** In the order in which they were registered. */
  names(): string[] {
    return [...this.#providers.keys()];
  }
}
