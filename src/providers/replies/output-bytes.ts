/** How much of an answer an event, or a whole reply, carries: text, tool arguments, reasoning, in bytes of UTF-8. */
import { type Fields, isFields } from "./counts.ts";

/** Events of every streaming format, and whole replies. What is no part of the answer counts nothing. */
export function outputBytesOf(event: Fields): number {
  const { choices, delta, type } = event;
  if (Array.isArray(choices)) return sumOf(choices, choiceBytes);
  if (typeof delta === "string") return bytes(delta);
  if (isFields(delta)) return deltaBytes(delta);
  if (type === "content_block_start") return isFields(event.content_block) ? partBytes(event.content_block) : 0;
  if (typeof type === "string" && (type.startsWith("response.") || type.startsWith("message_"))) return 0;
  if (Array.isArray(event.candidates)) return sumOf(event.candidates, candidateBytes);
  if (isFields(event.contentBlockDelta)) return isFields(event.contentBlockDelta.delta) ? deltaBytes(event.contentBlockDelta.delta) : 0;
  return wholeBytes(event);
}

/** Of an event's output, what is sound or a picture, as text in base64. */
export function mediaBytesOf({ choices, candidates }: Fields): number {
  if (Array.isArray(choices))
    return sumOf(choices, ({ delta }) => (isFields(delta) && isFields(delta.audio) ? bytes(delta.audio.data) : 0));
  return sumOf(candidates, ({ content }) => (isFields(content) ? sumOf(content.parts, inlineBytes) : 0));
}

function inlineBytes({ inlineData }: Fields): number {
  return isFields(inlineData) ? bytes(inlineData.data) : 0;
}

function choiceBytes(choice: Fields): number {
  const { delta, message, text } = choice;
  return bytes(text) + (isFields(delta) ? deltaBytes(delta) : 0) + (isFields(message) ? deltaBytes(message) : 0);
}

/** OpenAI's delta and message, Anthropic's, Cohere's, Bedrock's and the interactions' deltas: all their names of output. */
function deltaBytes(delta: Fields): number {
  let count = contentBytes(delta.content) + bytes(delta.text) + bytes(delta.partial_json) + bytes(delta.thinking) + bytes(delta.refusal);
  // OpenRouter tells reasoning twice, as a text and in details.
  count += bytes(delta.reasoning_content) || bytes(delta.reasoning) || sumOf(delta.reasoning_details, partBytes);
  count += sumOf(delta.tool_calls, toolCallBytes) + toolCallBytes(delta.toolUse) + bytes(delta.arguments) + bytes(delta.tool_plan);
  if (isFields(delta.function_call)) count += functionBytes(delta.function_call);
  if (isFields(delta.message)) count += deltaBytes(delta.message) + toolCallBytes(delta.message.tool_calls);
  if (isFields(delta.audio)) count += bytes(delta.audio.transcript) + bytes(delta.audio.data);
  if (isFields(delta.reasoningContent)) count += bytes(delta.reasoningContent.text);
  return count;
}

function contentBytes(content: unknown): number {
  if (typeof content === "string") return bytes(content);
  if (isFields(content)) return partBytes(content);
  return sumOf(content, partBytes);
}

/** A part of a content: a text, a thought, a call, a picture. */
function partBytes(part: Fields): number {
  const { input, thinking, type } = part;
  // What the vendor's own tools have brought is input.
  if (typeof type === "string" && type.endsWith("_tool_result")) return 0;
  let count =
    bytes(part.text) + bytes(part.refusal) + bytes(part.data) + bytes(part.arguments) + bytes(part.summary) + bytes(part.transcript);
  // Mistral's thoughts are lists of texts.
  count += typeof thinking === "string" ? bytes(thinking) : sumOf(thinking, partBytes);
  if (typeof input === "string") count += bytes(input);
  else if (isFields(input)) count += jsonBytes(input);
  count += sumOf(part.content, partBytes) + sumOf(part.summary, partBytes);
  if (isFields(part.toolUse)) count += toolCallBytes(part.toolUse);
  if (isFields(part.reasoningContent))
    count += isFields(part.reasoningContent.reasoningText) ? bytes(part.reasoningContent.reasoningText.text) : 0;
  return count;
}

function toolCallBytes(call: unknown): number {
  if (!isFields(call)) return 0;
  let count = bytes(call.name) + bytes(call.arguments);
  if (isFields(call.function)) count += functionBytes(call.function);
  if (typeof call.input === "string") count += bytes(call.input);
  else if (isFields(call.input)) count += jsonBytes(call.input);
  return count;
}

function functionBytes(call: Fields): number {
  return bytes(call.name) + (isFields(call.arguments) ? jsonBytes(call.arguments) : bytes(call.arguments));
}

/** Gemini: thoughts are parts like others. */
function candidateBytes(candidate: Fields): number {
  return isFields(candidate.content) ? sumOf(candidate.content.parts, geminiPartBytes) : 0;
}

function geminiPartBytes(part: Fields): number {
  const { functionCall, executableCode } = part;
  let count = bytes(part.text) + inlineBytes(part);
  if (isFields(functionCall)) count += bytes(functionCall.name) + (isFields(functionCall.args) ? jsonBytes(functionCall.args) : 0);
  if (isFields(executableCode)) count += bytes(executableCode.code);
  return count;
}

/** Whole replies and events without a delta. */
function wholeBytes(reply: Fields): number {
  const { output, message, generation, results } = reply;
  let count = sumOf(output, partBytes) + sumOf(reply.content, partBytes) + bytes(generation) + bytes(reply.outputText);
  if (isFields(message)) count += deltaBytes(message);
  if (isFields(output) && isFields(output.message)) count += sumOf(output.message.content, partBytes);
  // Cohere's first version, Ollama, transcripts.
  if (reply.is_finished !== true && typeof reply.response !== "object")
    count += bytes(reply.text) + bytes(reply.response) + bytes(reply.thinking);
  return count + sumOf(results, (result) => bytes(result.outputText));
}

function sumOf(list: unknown, count: (item: Fields) => number): number {
  if (!Array.isArray(list)) return 0;
  let total = 0;
  for (const item of list) if (isFields(item)) total += count(item);
  return total;
}

function bytes(value: unknown): number {
  return typeof value === "string" && value.length > 0 ? Buffer.byteLength(value) : 0;
}

/** Arguments that come as an object were written by the model as JSON of about this length. */
function jsonBytes(value: Fields): number {
  return Buffer.byteLength(JSON.stringify(value));
}
