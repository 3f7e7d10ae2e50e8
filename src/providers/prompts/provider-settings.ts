/** What a call says to its provider alone, under the provider's name: read by the names of settings, whoever's they are. */
import { isObject } from "../../usage/index.ts";

/** What a provider keeps, and puts into the prompt unseen. */
const KEPT: Readonly<Record<string, string>> = {
  previousResponseId: "an earlier response",
  conversation: "a stored conversation",
  prompt: "a stored prompt",
  promptId: "a stored prompt",
  cachedContent: "stored content",
  container: "what a container holds",
  mcpServers: "what MCP servers bring",
};
/** Settings that let the vendor run the model more than once. */
const REPEATING: ReadonlySet<string> = new Set(["container", "mcpServers", "contextManagement", "fallbacks", "models"]);
const SEARCHING = /search|plugins|grounding/i;

type Settings = Readonly<Record<string, unknown>>;

/** What the settings come to. */
export type SaidToProvider = { readonly [Name in keyof ProviderSettings]: ProviderSettings[Name] };

/** @param provider whose model is asked, as its package calls it: `openai.chat` */
export function providerSettings(providerOptions: Settings | undefined, provider: string): SaidToProvider {
  return providerOptions === undefined ? NOTHING_SAID : new ProviderSettings(providerOptions, provider);
}

class ProviderSettings {
  readonly #all: readonly Settings[];
  /** Those of the provider that is asked: what lowers a bound holds only from there. */
  readonly #own: Settings;

  constructor(providerOptions: Settings, provider: string) {
    this.#all = Object.values(providerOptions).filter(isObject);
    const own = providerOptions[provider.split(".", 1)[0] as string];
    this.#own = isObject(own) ? own : {};
  }

  get unbounded(): string[] {
    return this.#names()
      .map((name) => KEPT[name])
      .filter((what) => what !== undefined);
  }

  get repeats(): boolean {
    return this.#names().some((name) => REPEATING.has(name)) || this.#all.some((settings) => settings.reasoningMode === "pro");
  }

  get searches(): boolean {
    return this.#names().some((name) => SEARCHING.test(name));
  }

  get hasAudioOutput(): boolean {
    return this.#names().some((name) => name === "audio" || name === "modalities" || name === "responseModalities");
  }

  /** What OpenAI's chat has beside the call's own limit. */
  get maxCompletionTokens(): number | undefined {
    return numbersIn(this.#own, "maxCompletionTokens")[0];
  }

  /** Limits that may go before the call's own. */
  get otherLimits(): number[] {
    const limits = ["maxCompletionTokens", "maxTokens", "max_tokens", "max_completion_tokens"].flatMap((name) => this.#numbers(name));
    for (const fallback of this.#lists("fallbacks")) limits.push(...numbersIn(fallback, "max_tokens", "maxTokens", "maxOutputTokens"));
    return limits;
  }

  get maxToolCalls(): number | undefined {
    return numbersIn(this.#own, "maxToolCalls")[0];
  }

  get isThinking(): boolean {
    return this.#all.some(
      (settings) =>
        (isObject(settings.thinking) && settings.thinking.type !== "disabled") ||
        settings.reasoningEffort !== undefined ||
        settings.effort !== undefined ||
        settings.reasoningConfig !== undefined,
    );
  }

  get thinkingTokens(): number | undefined {
    const budgets = this.#all.flatMap(({ thinking, reasoningConfig }) =>
      [thinking, reasoningConfig].filter(isObject).flatMap((one) => numbersIn(one, "budgetTokens", "budget_tokens")),
    );
    return budgets.length === 0 ? undefined : Math.max(...budgets);
  }

  /** A guess of the answer that does not come true is billed on top of it. */
  get predictionBytes(): number {
    return this.#all.reduce((sum, { prediction }) => sum + Buffer.byteLength(JSON.stringify(prediction) ?? ""), 0);
  }

  /** Unless it is a cheaper one: whether that is granted, only the reply can tell. */
  get serviceTier(): string | undefined {
    return this.#texts("serviceTier").find((tier) => !/^(?:batch|flex)/i.test(tier));
  }

  get speed(): string | undefined {
    return this.#texts("speed")[0];
  }

  get inferenceGeo(): string | undefined {
    return this.#texts("inferenceGeo")[0];
  }

  get otherModels(): string[] {
    return ["fallbacks", "models"]
      .flatMap((name) => this.#lists(name))
      .map((item) => (isObject(item) ? item.model : item))
      .filter((model) => typeof model === "string");
  }

  /** Of settings that say something: null and false turn them off. */
  #names(): string[] {
    return this.#all.flatMap((settings) =>
      Object.keys(settings).filter((name) => settings[name] !== undefined && settings[name] !== null && settings[name] !== false),
    );
  }

  #numbers(name: string): number[] {
    return this.#all.flatMap((settings) => numbersIn(settings, name));
  }

  #texts(name: string): string[] {
    return this.#all.map((settings) => settings[name]).filter((value) => typeof value === "string");
  }

  #lists(name: string): unknown[] {
    return this.#all.flatMap((settings) => (Array.isArray(settings[name]) ? (settings[name] as unknown[]) : []));
  }
}

function numbersIn(value: unknown, ...names: string[]): number[] {
  if (!isObject(value)) return [];
  return names.map((name) => value[name]).filter((count) => typeof count === "number" && count > 0) as number[];
}

/** Most calls say nothing. */
const NOTHING_SAID: SaidToProvider = {
  unbounded: [],
  repeats: false,
  searches: false,
  hasAudioOutput: false,
  maxCompletionTokens: undefined,
  otherLimits: [],
  maxToolCalls: undefined,
  isThinking: false,
  thinkingTokens: undefined,
  predictionBytes: 0,
  serviceTier: undefined,
  speed: undefined,
  inferenceGeo: undefined,
  otherModels: [],
};
