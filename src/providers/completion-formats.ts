/** One completion in each wire format: what is sent where, and where the answer's text lies. */
import type { WireFormat } from "./operation.ts";
import type { CompletionRequest } from "./provider.ts";
import { modelTraits } from "./requests/model-traits.ts";

export interface CompletionFormat {
  path(model: string): string;
  headers: Readonly<Record<string, string>>;
  body(request: CompletionRequest): object;
  text(reply: unknown): string;
  /** Answers quickly and costs nothing. */
  modelsPath: string;
}

/** Where a format needs a limit and the program gives none. */
const DEFAULT_MAX_TOKENS = 4_096;

export const COMPLETION_FORMATS: Readonly<Record<WireFormat, CompletionFormat>> = {
  openai: {
    path: () => "/v1/chat/completions",
    headers: {},
    body: ({ model, messages, maxTokens, temperature }) => ({
      model,
      messages,
      ...(maxTokens !== undefined && { [modelTraits(model).limitName]: maxTokens }),
      ...(temperature !== undefined && { temperature }),
    }),
    text: (reply) => joinedText(at(reply, "choices", 0, "message", "content")),
    modelsPath: "/v1/models",
  },
  anthropic: {
    path: () => "/v1/messages",
    headers: { "anthropic-version": "2023-06-01" },
    body: ({ model, messages, maxTokens = DEFAULT_MAX_TOKENS, temperature }) => {
      const system = systemOf(messages);
      return {
        model,
        max_tokens: maxTokens,
        messages: messages.filter(({ role }) => role !== "system"),
        ...(system !== "" && { system }),
        ...(temperature !== undefined && { temperature }),
      };
    },
    text: (reply) => joinedText(at(reply, "content")),
    modelsPath: "/v1/models",
  },
  gemini: {
    path: (model) => `/v1beta/models/${encodeURIComponent(model.replace(/^models\//, ""))}:generateContent`,
    headers: {},
    body: ({ messages, maxTokens, temperature }) => {
      const system = systemOf(messages);
      return {
        contents: messages
          .filter(({ role }) => role !== "system")
          .map(({ role, content }) => ({ role: role === "assistant" ? "model" : "user", parts: [{ text: content }] })),
        ...(system !== "" && { systemInstruction: { parts: [{ text: system }] } }),
        generationConfig: {
          ...(maxTokens !== undefined && { maxOutputTokens: maxTokens }),
          ...(temperature !== undefined && { temperature }),
        },
      };
    },
    text: (reply) => joinedText(at(reply, "candidates", 0, "content", "parts")),
    modelsPath: "/v1beta/models",
  },
};

function systemOf(messages: CompletionRequest["messages"]): string {
  return messages
    .filter(({ role }) => role === "system")
    .map(({ content }) => content)
    .join("\n\n");
}

/** A text, or the texts of a list of parts, thoughts left out. */
function joinedText(content: unknown): string {
  if (typeof content === "string") return content;
  if (!Array.isArray(content)) return "";
  return content
    .filter((part) => at(part, "thought") !== true)
    .map((part) => at(part, "text"))
    .filter((text) => typeof text === "string")
    .join("");
}

function at(value: unknown, ...path: (string | number)[]): unknown {
  let current = value;
  for (const step of path) {
    if (typeof current !== "object" || current === null || !Object.hasOwn(current, step)) return undefined;
    current = (current as Record<string | number, unknown>)[step];
  }
  return current;
}
