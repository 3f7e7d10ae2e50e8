/** What a call asks a provider to do, and the wire format in which it asks. */

/** The families of formats: paths, authentication and error shapes go by them. */
export type WireFormat = "openai" | "anthropic" | "gemini";

/** The kinds of request bodies. Each belongs to one format. */
export type Operation =
  | "chat"
  | "completions"
  | "embeddings"
  | "responses"
  | "images"
  | "speech"
  | "transcription"
  | "messages"
  | "count_tokens"
  | "message_batches"
  | "generate"
  | "embed"
  | "gemini_count_tokens";

export const FORMAT_OF: Readonly<Record<Operation, WireFormat>> = {
  chat: "openai",
  completions: "openai",
  embeddings: "openai",
  responses: "openai",
  images: "openai",
  speech: "openai",
  transcription: "openai",
  messages: "anthropic",
  count_tokens: "anthropic",
  message_batches: "anthropic",
  generate: "gemini",
  embed: "gemini",
  gemini_count_tokens: "gemini",
};
