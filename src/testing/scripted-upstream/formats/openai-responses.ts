/** The Responses format of OpenAI. */
import type { Answer } from "../answer.ts";
import { usageField } from "./openai-chat.ts";
import { CREATED_SECONDS, namedEvent, parts, type StreamEvent } from "./stream-event.ts";

function responsesUsage({ told }: Answer): object {
  const [input, output] = [told.input ?? 0, told.output ?? 0];
  return {
    input_tokens: input,
    input_tokens_details: { cached_tokens: told.cacheRead ?? 0 },
    output_tokens: output,
    output_tokens_details: { reasoning_tokens: told.reasoning ?? 0 },
    total_tokens: input + output,
  };
}

type Status = "queued" | "in_progress" | "completed" | "incomplete";

function finalStatus(answer: Answer): Status {
  return answer.choices[0]?.finish === "length" ? "incomplete" : "completed";
}

/** The response as it stands: without a status, as it ends. */
export function wholeResponse(answer: Answer, status: Status = finalStatus(answer)): object {
  const json = answer.request.json ?? {};
  const isFinal = status === "completed" || status === "incomplete";
  const text = (answer.choices[0]?.pieces ?? []).join("");
  return {
    id: answer.id,
    object: "response",
    created_at: CREATED_SECONDS,
    status,
    background: json.background === true,
    error: null,
    incomplete_details: status === "incomplete" ? { reason: "max_output_tokens" } : null,
    instructions: null,
    max_output_tokens: json.max_output_tokens ?? null,
    model: answer.model,
    output: isFinal ? output(answer, text, status) : [],
    parallel_tool_calls: true,
    previous_response_id: json.previous_response_id ?? null,
    reasoning: { effort: null, summary: null },
    service_tier: answer.reply.serviceTier ?? "default",
    store: true,
    temperature: 1,
    text: { format: { type: "text" } },
    tool_choice: "auto",
    tools: json.tools ?? [],
    top_p: 1,
    truncation: "disabled",
    ...(isFinal ? usageField(answer, responsesUsage(answer)) : { usage: null }),
    user: null,
    metadata: {},
  };
}

function output(answer: Answer, text: string, status: Status): object[] {
  const thoughts = answer.tokens.reasoning === undefined ? [] : [{ id: `rs_${answer.id}`, type: "reasoning", summary: [] }];
  const searches = Array.from({ length: answer.tokens.webSearches ?? 0 }, (_, index) => ({
    id: `ws_${index}_${answer.id}`,
    type: "web_search_call",
    status: "completed",
    action: { type: "search", query: "springs" },
  }));
  return [...thoughts, ...searches, item(answer, text, status === "incomplete" ? "incomplete" : "completed")];
}

function item(answer: Answer, text: string, status: string): object {
  const { toolCall } = answer.reply;
  if (toolCall !== undefined)
    return { id: `fc_${answer.id}`, type: "function_call", status, arguments: text, call_id: `call_${answer.id}`, name: toolCall.name };
  const content = status === "in_progress" ? [] : [{ type: "output_text", annotations: [], logprobs: [], text }];
  return { id: `msg_${answer.id}`, type: "message", status, role: "assistant", content };
}

export function streamedResponse(answer: Answer): StreamEvent[] {
  const events: StreamEvent[] = [];
  let produced = 0;
  let sequence = 0;
  const event = (document: { type: string; [field: string]: unknown }): string =>
    namedEvent({ ...document, sequence_number: sequence++ } as { type: string });
  const say = (type: string, fields: object): void => {
    events.push({ text: event({ type, ...fields }), produced });
  };
  const choice = answer.choices[0];
  const pieces = choice?.pieces ?? [];
  const text = pieces.join("");
  const isTool = answer.reply.toolCall !== undefined;
  const place = { item_id: `${isTool ? "fc" : "msg"}_${answer.id}`, output_index: 0, ...(isTool ? {} : { content_index: 0 }) };
  const part = { type: "output_text", annotations: [], logprobs: [] };
  say("response.created", { response: wholeResponse(answer, "in_progress") });
  say("response.in_progress", { response: wholeResponse(answer, "in_progress") });
  produced += choice?.thoughts.length ?? 0;
  say("response.output_item.added", { output_index: 0, item: item(answer, "", "in_progress") });
  if (!isTool) say("response.content_part.added", { ...place, part: { ...part, text: "" } });
  const delta = isTool ? "response.function_call_arguments.delta" : "response.output_text.delta";
  for (const { text: some, tokens } of parts(pieces, answer.reply.tokensPerEvent)) {
    produced += tokens;
    say(delta, { ...place, delta: some, ...(isTool ? {} : { logprobs: [] }) });
  }
  if (isTool) say("response.function_call_arguments.done", { ...place, arguments: text });
  else {
    say("response.output_text.done", { ...place, text, logprobs: [] });
    say("response.content_part.done", { ...place, part: { ...part, text } });
  }
  say("response.output_item.done", { output_index: 0, item: item(answer, text, "completed") });
  return [...events, ...ending(answer, event, produced)];
}

function ending(answer: Answer, event: (document: { type: string }) => string, produced: number): StreamEvent[] {
  const { usage = "asked", ends = true } = answer.reply;
  if (!ends) return [];
  const last = { type: `response.${finalStatus(answer)}`, response: wholeResponse(answer) } as { type: string };
  // The last event holds the usage itself: none comes later than it, but it may come twice.
  const texts = usage === "twice" ? [event(last), event(last)] : [event(last)];
  return texts.map((text) => ({ text, produced }));
}
