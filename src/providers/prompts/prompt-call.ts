/**
 * A call as the AI SDK hands it to a model: one shape for all its versions, as far as money goes. What differs between
 * versions is told by the values themselves, so everything that may differ is unknown here.
 */
export interface PromptCall {
  prompt: readonly PromptMessage[];
  maxOutputTokens?: number | undefined;
  tools?: readonly PromptTool[] | undefined;
  responseFormat?: { type: string; schema?: unknown } | undefined;
  temperature?: number | undefined;
  stopSequences?: readonly string[] | undefined;
  toolChoice?: unknown;
  /** How hard the model shall think (version 4). */
  reasoning?: string | undefined;
  /** By provider. */
  providerOptions?: Readonly<Record<string, unknown>> | undefined;
}

export interface PromptMessage {
  role: string;
  content: string | readonly PromptPart[];
  providerOptions?: unknown;
}

export interface PromptPart {
  type: string;
  text?: string;
  /** A file: bytes, base64, an address; version 4 says which. */
  data?: unknown;
  mediaType?: string;
  filename?: string | undefined;
  /** What a tool has answered. */
  output?: { type: string; value?: unknown } | undefined;
  providerOptions?: unknown;
}

export interface PromptTool {
  /** `function`: the caller runs it. Others are the vendor's own. */
  type: string;
  /** `anthropic.web_search_20250305`. */
  id?: string;
  name: string;
  args?: Readonly<Record<string, unknown>>;
}

/** Who is asked: `openai.responses`, `anthropic.messages`. */
export interface PromptModel {
  provider: string;
  modelId: string;
}
