/**
 * How much models take in and give out, by the beginning of their names: for what requests leave open. Figures are those
 * that the vendors publish, compared with LiteLLM's table by a test; where versions differ it is the largest.
 */

export interface ModelLimits {
  /** Input tokens of one call. */
  windowTokens: number;
  /** Output tokens of one answer, reasoning included. */
  outputTokens: number;
}

const UNKNOWN: ModelLimits = { windowTokens: 2_000_000, outputTokens: 131_072 };

/** Of several that fit, the longest counts. */
const LIMITS: readonly (readonly [beginning: string, windowTokens: number, outputTokens: number])[] = [
  ["gpt-3.5", 16_385, 4_096],
  ["gpt-4", 8_192, 8_192],
  ["gpt-4-32k", 32_768, 32_768],
  ["gpt-4-turbo", 128_000, 4_096],
  ["gpt-4-0125", 128_000, 4_096],
  ["gpt-4-1106", 128_000, 4_096],
  ["gpt-4-vision", 128_000, 4_096],
  ["gpt-4o", 128_000, 16_384],
  ["chatgpt-4o", 128_000, 16_384],
  ["gpt-4o-transcribe", 16_000, 2_000],
  ["gpt-4o-mini-transcribe", 16_000, 2_000],
  ["gpt-4.1", 1_047_576, 32_768],
  ["gpt-4.5", 128_000, 16_384],
  ["gpt-5", 1_050_000, 128_000],
  ["gpt-5-", 400_000, 128_000],
  ["gpt-5.1", 400_000, 128_000],
  ["gpt-5.2", 400_000, 128_000],
  ["gpt-5.3", 400_000, 128_000],
  ["gpt-5.4-mini", 400_000, 128_000],
  ["gpt-5.4-nano", 400_000, 128_000],
  ["gpt-audio", 128_000, 16_384],
  ["gpt-oss", 131_072, 131_072],
  ["o1", 200_000, 100_000],
  ["o3", 200_000, 100_000],
  ["o4", 200_000, 100_000],
  ["codex-mini", 200_000, 100_000],
  ["davinci-002", 16_384, 16_384],
  ["babbage-002", 16_384, 16_384],
  ["tts-1", 4_096, 0],
  ["whisper", 448, 0],
  ["claude", 1_000_000, 128_000],
  ["claude-2", 200_000, 8_192],
  ["claude-3", 200_000, 8_192],
  ["claude-3-7", 200_000, 128_000],
  ["claude-haiku-4", 200_000, 64_000],
  ["claude-sonnet-4", 1_000_000, 64_000],
  ["claude-opus-4-1", 200_000, 32_000],
  ["claude-opus-4-2", 200_000, 32_000],
  ["claude-opus-4-5", 200_000, 64_000],
  ["gemini", 1_048_576, 65_536],
  ["gemini-1.5", 2_097_152, 8_192],
  ["gemini-exp", 2_097_152, 65_536],
  ["gemini-2.0", 1_048_576, 8_192],
  ["gemma", 262_144, 262_144],
  ["grok", 131_072, 131_072],
  ["grok-4", 256_000, 256_000],
  ["grok-code", 256_000, 256_000],
  ["grok-4-fast", 2_000_000, 2_000_000],
  ["grok-4-1", 2_000_000, 2_000_000],
  ["grok-4.1", 2_000_000, 2_000_000],
  ["grok-4.2", 2_000_000, 2_000_000],
  ["grok-4.3", 1_000_000, 1_000_000],
  ["grok-4.5", 500_000, 500_000],
  ["deepseek", 1_048_576, 384_000],
  ["mistral", 262_144, 262_144],
  ["ministral", 262_144, 262_144],
  ["codestral", 262_144, 262_144],
  ["devstral", 262_144, 262_144],
  ["magistral", 262_144, 262_144],
  ["pixtral", 131_072, 131_072],
  ["open-mistral", 131_072, 131_072],
  ["open-mixtral", 65_536, 65_536],
  ["open-codestral", 262_144, 262_144],
  ["llama-3", 131_072, 131_072],
  ["llama-4", 10_000_000, 131_072],
  ["qwen", 1_000_000, 262_144],
  ["kimi", 262_144, 262_144],
  ["moonshot-v1", 131_072, 131_072],
  ["glm", 262_144, 262_144],
  ["command-a", 256_000, 32_000],
  ["command-r", 128_000, 4_096],
  ["sonar", 200_000, 200_000],
];

/** @param name without who serves it, in small letters */
export function limitsOfName(name: string): ModelLimits {
  let longest = "";
  let limits = UNKNOWN;
  for (const [beginning, windowTokens, outputTokens] of LIMITS) {
    if (beginning.length <= longest.length || !name.startsWith(beginning)) continue;
    longest = beginning;
    limits = { windowTokens, outputTokens };
  }
  return limits;
}

/** Tokens of one picture, at its finest; from the vendors' formulas and the sizes to which they reduce pictures. */
const IMAGE_TOKENS: readonly (readonly [pattern: RegExp, tokens: number])[] = [
  // Tiles of 512 pixels, at most 2 × 4 after reduction: 2,833 + 5,667 each, 85 + 170, 75 + 150, 70 + 140.
  [/^gpt-4o-mini/, 48_169],
  [/^(?:gpt-4\.1-(?:mini|nano)|gpt-5-(?:mini|nano)|o4-mini)/, 3_779],
  [/^(?:gpt-4|chatgpt-4o|o1|o3|gpt-5$|gpt-5-)/, 1_445],
  // Width × height / 750 after reduction to 2,576 pixels at the longer side, the largest of any Claude.
  [/^claude/, 5_000],
];
const UNKNOWN_IMAGE_TOKENS = 16_384;

/** @param name without who serves it, in small letters */
export function imageTokensOfName(name: string): number {
  return IMAGE_TOKENS.find(([pattern]) => pattern.test(name))?.[1] ?? UNKNOWN_IMAGE_TOKENS;
}
