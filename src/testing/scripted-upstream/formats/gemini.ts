/** generateContent, embedContent and countTokens of Gemini. */
import { type Answer, tokensSoFar } from "../answer.ts";
import { vector } from "./openai-others.ts";
import { dataEvent, parts, type StreamEvent } from "./stream-event.ts";

/** Thoughts stand beside candidates here, not in them; every chunk has the counts so far. */
function usageMetadata(answer: Answer, produced: number): object {
  const { told } = answer;
  const soFar = tokensSoFar({ ...answer, tokens: told }, produced);
  const [input, output, thoughts] = [soFar.input ?? 0, soFar.output ?? 0, soFar.reasoning ?? 0];
  const audio = told.audioInput ?? 0;
  return {
    promptTokenCount: input,
    candidatesTokenCount: output - thoughts,
    totalTokenCount: input + output,
    ...(told.cacheRead === undefined ? {} : { cachedContentTokenCount: told.cacheRead }),
    ...(thoughts === 0 ? {} : { thoughtsTokenCount: thoughts }),
    promptTokensDetails: [
      { modality: "TEXT", tokenCount: input - audio },
      ...(audio === 0 ? [] : [{ modality: "AUDIO", tokenCount: audio }]),
    ],
  };
}

function usageField(answer: Answer, produced: number): object {
  const { usage } = answer.reply;
  if (usage === "none") return {};
  return { usageMetadata: usage === "null" ? null : usageMetadata(answer, produced) };
}

function finishReason(finish: string): string {
  return finish === "length" ? "MAX_TOKENS" : "STOP";
}

function spoken(answer: Answer, text: string): object[] {
  const { toolCall } = answer.reply;
  if (toolCall !== undefined) return [{ functionCall: { name: toolCall.name, args: toolCall.arguments } }];
  return [{ text }];
}

const common = (answer: Answer): object => ({ modelVersion: answer.model, responseId: answer.id });

export function wholeGeneration(answer: Answer): object {
  const candidates = answer.choices.map(({ thoughts, pieces, finish }, index) => ({
    content: {
      parts: [...(thoughts.length === 0 ? [] : [{ text: thoughts.join(""), thought: true }]), ...spoken(answer, pieces.join(""))],
      role: "model",
    },
    finishReason: finishReason(finish),
    index,
  }));
  return { candidates, ...usageField(answer, answer.tokens.output ?? 0), ...common(answer) };
}

/** Documents, not yet in the form of a stream: Gemini has two. */
function documents(answer: Answer): { document: object; produced: number }[] {
  const made: { document: object; produced: number }[] = [];
  let produced = 0;
  const late = answer.reply.usage === "late";
  const say = (candidate: object): void => {
    const usage = late ? {} : usageField(answer, produced);
    made.push({ document: { candidates: [candidate], ...usage, ...common(answer) }, produced });
  };
  const { tokensPerEvent, toolCall } = answer.reply;
  for (const [index, { thoughts, pieces, finish }] of answer.choices.entries()) {
    for (const { text, tokens } of parts(thoughts, tokensPerEvent)) {
      produced += tokens;
      say({ content: { parts: [{ text, thought: true }], role: "model" }, index });
    }
    const said = toolCall === undefined ? parts(pieces, tokensPerEvent) : [{ text: "", tokens: pieces.length }];
    for (const [at, { text, tokens }] of said.entries()) {
      produced += tokens;
      const last = at === said.length - 1 && answer.reply.ends !== false ? { finishReason: finishReason(finish) } : {};
      say({ content: { parts: spoken(answer, text), role: "model" }, ...last, index });
    }
    if (said.length === 0) say({ content: { parts: [{ text: "" }], role: "model" }, finishReason: finishReason(finish), index });
  }
  if (late || answer.reply.usage === "twice") made.push({ document: { ...usageField(answer, produced), ...common(answer) }, produced });
  return made;
}

export function streamedGeneration(answer: Answer): StreamEvent[] {
  const made = documents(answer);
  if (answer.request.query.get("alt") === "sse")
    return made.map(({ document, produced }) => ({ text: dataEvent(document).replaceAll("\n", "\r\n"), produced }));
  const events = made.map(({ document, produced }, index) => ({
    text: `${index === 0 ? "[" : ",\r\n"}${JSON.stringify(document, undefined, 2)}`,
    produced,
  }));
  const produced = events.at(-1)?.produced ?? 0;
  return answer.reply.ends === false ? events : [...events, { text: "\n]\n", produced }];
}

export function geminiEmbedding(answer: Answer): object {
  const requests = answer.request.json?.requests;
  if (Array.isArray(requests)) return { embeddings: requests.map((_, index) => ({ values: vector(index) })) };
  return { embedding: { values: vector(answer.tokens.input ?? 0) } };
}
