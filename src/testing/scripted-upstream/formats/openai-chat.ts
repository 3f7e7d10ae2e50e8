/** Chat completions and the legacy completions of OpenAI. */
import { type Answer, asksForUsage, type Choice } from "../answer.ts";
import { CREATED_SECONDS, dataEvent, ordered, parts, type StreamEvent } from "./stream-event.ts";

const DONE = "data: [DONE]\n\n";

function chatUsage({ told }: Answer): object {
  const [input, output] = [told.input ?? 0, told.output ?? 0];
  return {
    prompt_tokens: input,
    completion_tokens: output,
    total_tokens: input + output,
    prompt_tokens_details: { cached_tokens: told.cacheRead ?? 0, audio_tokens: told.audioInput ?? 0 },
    completion_tokens_details: {
      reasoning_tokens: told.reasoning ?? 0,
      audio_tokens: told.audioOutput ?? 0,
      accepted_prediction_tokens: 0,
      rejected_prediction_tokens: 0,
    },
  };
}

/** The field as a whole reply has it. */
export function usageField(answer: Answer, usage: object): object {
  if (answer.reply.usage === "none") return {};
  return { usage: answer.reply.usage === "null" ? null : usage };
}

function common(answer: Answer, object: string): object {
  const tier = answer.reply.serviceTier;
  return {
    id: answer.id,
    object,
    created: CREATED_SECONDS,
    model: answer.model,
    ...(tier === undefined ? {} : { service_tier: tier }),
    system_fingerprint: "fp_scripted",
  };
}

function finishReason({ finish }: Choice): string {
  return finish === "tool" ? "tool_calls" : finish;
}

function toolCall(answer: Answer, text: string): object {
  return { id: `call_${answer.id}`, type: "function", function: { name: answer.reply.toolCall?.name, arguments: text } };
}

export function wholeChat(answer: Answer): object {
  const choices = answer.choices.map((choice, index) => {
    const text = choice.pieces.join("");
    const spoken = answer.reply.toolCall === undefined ? { content: text } : { content: null, tool_calls: [toolCall(answer, text)] };
    return {
      index,
      message: { role: "assistant", ...spoken, refusal: null, annotations: [] },
      logprobs: null,
      finish_reason: finishReason(choice),
    };
  });
  return { ...common(answer, "chat.completion"), choices, ...usageField(answer, chatUsage(answer)) };
}

export function streamedChat(answer: Answer): StreamEvent[] {
  const asked = asksForUsage(answer);
  const head = common(answer, "chat.completion.chunk");
  const events: StreamEvent[] = [];
  let produced = 0;
  const say = (choices: readonly object[]): void => {
    events.push({ text: dataEvent({ ...head, choices, ...(asked ? { usage: null } : {}) }), produced });
  };
  for (const [index, choice] of answer.choices.entries()) {
    const one = (delta: object, finish: string | null = null): void => say([{ index, delta, logprobs: null, finish_reason: finish }]);
    const isTool = answer.reply.toolCall !== undefined;
    // Reasoning is billed, and never seen.
    produced += choice.thoughts.length;
    one({ role: "assistant", content: isTool ? null : "", refusal: null });
    if (isTool) one({ tool_calls: [{ index: 0, ...toolCall(answer, "") }] });
    for (const { text, tokens } of parts(choice.pieces, answer.reply.tokensPerEvent)) {
      produced += tokens;
      one(isTool ? { tool_calls: [{ index: 0, function: { arguments: text } }] } : { content: text });
    }
    one({}, finishReason(choice));
  }
  return [...events, ...ending(answer, asked, { ...head, choices: [] }, produced)];
}

/** The usage event, where it is asked for, and the end. */
function ending(answer: Answer, asked: boolean, chunk: object, produced: number): StreamEvent[] {
  const { usage = "asked", ends = true } = answer.reply;
  const told = usage === "twice" || usage === "late" ? usage : "last";
  const event = dataEvent({ ...chunk, usage: usage === "null" ? null : chatUsage(answer) });
  const texts = ordered(asked && usage !== "none" ? told : "none", event, ends ? DONE : "");
  return texts.filter((text) => text !== "").map((text) => ({ text, produced }));
}

export function wholeCompletion(answer: Answer): object {
  const choices = answer.choices.map((choice, index) => ({
    text: choice.pieces.join(""),
    index,
    logprobs: null,
    finish_reason: finishReason(choice),
  }));
  return { ...common(answer, "text_completion"), choices, ...usageField(answer, chatUsage(answer)) };
}

export function streamedCompletion(answer: Answer): StreamEvent[] {
  const asked = asksForUsage(answer);
  const head = common(answer, "text_completion");
  const events: StreamEvent[] = [];
  let produced = 0;
  const say = (index: number, text: string, finish: string | null): void => {
    const choices = [{ text, index, logprobs: null, finish_reason: finish }];
    events.push({ text: dataEvent({ ...head, choices, ...(asked ? { usage: null } : {}) }), produced });
  };
  for (const [index, choice] of answer.choices.entries()) {
    for (const { text, tokens } of parts(choice.pieces, answer.reply.tokensPerEvent)) {
      produced += tokens;
      say(index, text, null);
    }
    say(index, "", finishReason(choice));
  }
  return [...events, ...ending(answer, asked, { ...head, choices: [] }, answer.tokens.output ?? produced)];
}
