/** The Messages format of Anthropic. */
import type { Answer } from "../answer.ts";
import { namedEvent, ordered, parts, type StreamEvent } from "./stream-event.ts";

/** Cached tokens stand beside `input_tokens` here, not in it. */
function inputUsage({ told, reply }: Answer): object {
  const [read, short, long] = [told.cacheRead ?? 0, told.cacheWrite5m ?? 0, told.cacheWrite1h ?? 0];
  return {
    input_tokens: (told.input ?? 0) - read - short - long,
    cache_creation_input_tokens: short + long,
    cache_read_input_tokens: read,
    cache_creation: { ephemeral_5m_input_tokens: short, ephemeral_1h_input_tokens: long },
    service_tier: reply.serviceTier ?? "standard",
  };
}

function wholeUsage(answer: Answer): object {
  const { webSearches: searches, reasoning } = answer.told;
  return {
    ...inputUsage(answer),
    output_tokens: answer.told.output ?? 0,
    ...(reasoning === undefined ? {} : { output_tokens_details: { thinking_tokens: reasoning } }),
    ...(searches === undefined ? {} : { server_tool_use: { web_search_requests: searches } }),
  };
}

function stopReason(answer: Answer): string {
  const finish = answer.choices[0]?.finish;
  return finish === "length" ? "max_tokens" : finish === "tool" ? "tool_use" : "end_turn";
}

export function wholeMessage(answer: Answer): object {
  const { usage } = answer.reply;
  const content = [...thinking(answer), spoken(answer)];
  return {
    id: answer.id,
    type: "message",
    role: "assistant",
    model: answer.model,
    content,
    stop_reason: stopReason(answer),
    stop_sequence: null,
    ...(usage === "none" ? {} : { usage: usage === "null" ? null : wholeUsage(answer) }),
  };
}

function thinking({ choices }: Answer): object[] {
  const thoughts = choices[0]?.thoughts ?? [];
  return thoughts.length === 0 ? [] : [{ type: "thinking", thinking: thoughts.join(""), signature: "c2NyaXB0ZWQ=" }];
}

function spoken(answer: Answer): object {
  const { toolCall } = answer.reply;
  if (toolCall === undefined) return { type: "text", text: (answer.choices[0]?.pieces ?? []).join("") };
  return { type: "tool_use", id: `toolu_${answer.id}`, name: toolCall.name, input: toolCall.arguments };
}

export function streamedMessage(answer: Answer): StreamEvent[] {
  const events: StreamEvent[] = [];
  let produced = 0;
  let index = 0;
  const say = (document: { type: string; [field: string]: unknown }): void => {
    events.push({ text: namedEvent(document), produced });
  };
  const { usage = "asked", toolCall, tokensPerEvent } = answer.reply;
  const block = (opening: object, pieces: readonly string[], delta: (text: string) => object, closing?: object): void => {
    say({ type: "content_block_start", index, content_block: opening });
    for (const { text, tokens } of parts(pieces, tokensPerEvent)) {
      produced += tokens;
      say({ type: "content_block_delta", index, delta: delta(text) });
    }
    if (closing !== undefined) say({ type: "content_block_delta", index, delta: closing });
    say({ type: "content_block_stop", index });
    index++;
  };
  const { thoughts = [], pieces = [] } = answer.choices[0] ?? {};
  say({ type: "message_start", message: opened(answer) });
  say({ type: "ping" });
  if (thoughts.length > 0)
    block({ type: "thinking", thinking: "", signature: "" }, thoughts, (text) => ({ type: "thinking_delta", thinking: text }), {
      type: "signature_delta",
      signature: "c2NyaXB0ZWQ=",
    });
  if (toolCall === undefined) block({ type: "text", text: "" }, pieces, (text) => ({ type: "text_delta", text }));
  else {
    const opening = { type: "tool_use", id: `toolu_${answer.id}`, name: toolCall.name, input: {} };
    block(opening, pieces, (text) => ({ type: "input_json_delta", partial_json: text }));
  }
  const stop = { type: "message_delta", delta: { stop_reason: stopReason(answer), stop_sequence: null } };
  const said = usage === "none" ? stop : { ...stop, usage: usage === "null" ? null : wholeUsage(answer) };
  const end = answer.reply.ends === false ? "" : namedEvent({ type: "message_stop" });
  const texts = ordered(usage === "twice" || usage === "late" ? usage : "last", namedEvent(said), end);
  return [...events, ...texts.filter((text) => text !== "").map((text) => ({ text, produced }))];
}

/** The message as it begins: input is known, output is the first token. */
function opened(answer: Answer): object {
  const { usage = "asked" } = answer.reply;
  const start = {
    id: answer.id,
    type: "message",
    role: "assistant",
    model: answer.model,
    content: [],
    stop_reason: null,
    stop_sequence: null,
  };
  if (usage === "none") return start;
  if (usage === "null") return { ...start, usage: null };
  return { ...start, usage: { ...inputUsage(answer), output_tokens: Math.min(1, answer.told.output ?? 0) } };
}
