/** The prompts of Mooncake's conversation trace, as blocks. */
import { factsAsMetadata, factsInMetadata, type PromptBlock } from "../../../src/usage/index.ts";
import { readData } from "../../shared-data.ts";

export const MOONCAKE = "traces/mooncake_conversation.jsonl.gz";

export interface TracedPrompt {
  timestampMs: number;
  inputTokens: number;
  outputTokens: number;
  blocks: PromptBlock[];
}

export function mooncakePrompts(): TracedPrompt[] {
  return readData(MOONCAKE)
    .trim()
    .split("\n")
    .map((line) => {
      const { timestamp, input_length, output_length, hash_ids } = JSON.parse(line) as Record<string, number> & { hash_ids: number[] };
      const blocks = hash_ids.map((id, place) => ({ hash: String(id), tokens: Math.min(512, (input_length as number) - 512 * place) }));
      return { timestampMs: timestamp as number, inputTokens: input_length as number, outputTokens: output_length as number, blocks };
    });
}

/** The same, with only as many blocks as a record keeps. */
export function asRecorded(prompt: TracedPrompt): TracedPrompt {
  const facts = factsInMetadata(factsAsMetadata({ promptBlocks: prompt.blocks }));
  return { ...prompt, blocks: [...(facts?.promptBlocks ?? [])] };
}
