/**
 * How demanding a call was, told by its counts alone: a proxy, and said to be one. Each sign lowers what is left of simplicity by its
 * weight, in step with how far it goes beyond the length at which half of the weight counts.
 */
import type { Call } from "../replay/call.ts";
import { FLAGS } from "../replay/cell.ts";
import type { CallFlagger } from "../replay/watching.ts";
import type { Tier } from "./capability.ts";

/** Absent: not told, which counts for nothing. */
export interface ComplexitySigns {
  outputTokens?: number;
  reasoningTokens?: number;
  tools?: number;
  turns?: number;
  inputTokens?: number;
  hasPictures?: boolean;
}

/** In [0, 1), and no less where a sign is stronger. */
export function complexityOf(signs: ComplexitySigns): number {
  const { outputTokens = 0, reasoningTokens = 0, tools = 0, turns = 0, inputTokens = 0, hasPictures = false } = signs;
  const simplicity =
    (1 - (0.55 * outputTokens) / (outputTokens + 600)) *
    (1 - (0.6 * reasoningTokens) / (reasoningTokens + 800)) *
    (1 - (0.5 * tools) / (tools + 3)) *
    (1 - (0.25 * turns) / (turns + 6)) *
    (1 - (0.35 * inputTokens) / (inputTokens + 8000));
  return 1 - simplicity * (hasPictures ? 0.8 : 1);
}

/** From here on, more than a small model is needed, and more than a middle one. Length alone comes to .71 at most. */
const DEMANDING = 2 / 3;
const VERY_DEMANDING = 5 / 6;

export function requiredTier(complexity: number): Tier {
  if (complexity < DEMANDING) return "small";
  return complexity < VERY_DEMANDING ? "middle" : "large";
}

export const complexityFlagger: CallFlagger = {
  flagsOf({ inputTokens, outputTokens, tokens, facts }: Call): number {
    const complexity = complexityOf({
      inputTokens,
      outputTokens,
      reasoningTokens: tokens.reasoning,
      ...(facts?.tools !== undefined && { tools: facts.tools }),
      ...(facts?.turns !== undefined && { turns: facts.turns }),
    });
    if (complexity < DEMANDING) return 0;
    return complexity < VERY_DEMANDING ? FLAGS.demanding : FLAGS.demanding | FLAGS.veryDemanding;
  },
};
