/** Embeddings, images, speech, transcription and the list of models of OpenAI. */
import type { Answer } from "../answer.ts";
import { CREATED_SECONDS } from "./stream-event.ts";

const DIMENSIONS = 8;

/** A unit vector with a one in the place that the text's length tells: the same text has the same vector. */
export function vector(place: number, dimensions: number = DIMENSIONS): number[] {
  return Array.from({ length: dimensions }, (_, index) => (index === place % dimensions ? 1 : 0));
}

export function embeddings(answer: Answer): object {
  const json = answer.request.json ?? {};
  const inputs = Array.isArray(json.input) && typeof json.input[0] !== "number" ? json.input : [json.input];
  const dimensions = typeof json.dimensions === "number" ? json.dimensions : DIMENSIONS;
  const data = inputs.map((input, index) => {
    const numbers = vector(String(input).length, dimensions);
    const embedding = json.encoding_format === "base64" ? Buffer.from(Float32Array.from(numbers).buffer).toString("base64") : numbers;
    return { object: "embedding", index, embedding };
  });
  const input = answer.told.input ?? 0;
  const usage = answer.reply.usage === "none" ? {} : { usage: { prompt_tokens: input, total_tokens: input } };
  return { object: "list", data, model: answer.model, ...usage };
}

export const IMAGE_OUTPUT_TOKENS = 272;
const PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

export function images(answer: Answer): object {
  const [input, output] = [answer.told.input ?? 0, answer.told.output ?? 0];
  const usage = {
    input_tokens: input,
    input_tokens_details: { text_tokens: input, image_tokens: 0 },
    output_tokens: output,
    total_tokens: input + output,
  };
  return {
    created: CREATED_SECONDS,
    data: answer.choices.map(() => ({ b64_json: PIXEL })),
    ...(answer.reply.usage === "none" ? {} : { usage }),
  };
}

export function transcription(answer: Answer): object {
  const [input, output] = [answer.told.input ?? 0, answer.told.output ?? 0];
  const usage = {
    type: "tokens",
    input_tokens: input,
    input_token_details: { text_tokens: 0, audio_tokens: input },
    output_tokens: output,
    total_tokens: input + output,
  };
  return { text: (answer.choices[0]?.pieces ?? []).join(""), ...(answer.reply.usage === "none" ? {} : { usage }) };
}

export function modelList(models: readonly string[], format: "openai" | "anthropic" | "gemini"): object {
  if (format === "gemini") return { models: models.map((model) => ({ name: `models/${model}`, displayName: model })) };
  const created = new Date(CREATED_SECONDS * 1000).toISOString();
  if (format === "anthropic") {
    const data = models.map((id) => ({ type: "model", id, display_name: id, created_at: created }));
    return { data, has_more: false, first_id: models[0] ?? null, last_id: models.at(-1) ?? null };
  }
  return { object: "list", data: models.map((id) => ({ id, object: "model", created: CREATED_SECONDS, owned_by: "scripted" })) };
}
