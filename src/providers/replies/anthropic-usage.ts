/** Usage as Anthropic writes it: cached tokens are beside the input, and passes may be left out of the sum. */
import { presentFields, type TokenCounts } from "../../usage/index.ts";
import type { ReplyUsage, SidePass } from "../reading.ts";
import { countAt, type Fields, fieldsAt, isFields, sum, textAt } from "./counts.ts";

/** @param model the model that answered, as far as the reply's head tells */
export function anthropicUsage(usage: Fields, model?: string): (ReplyUsage & { model?: string }) | undefined {
  if (countAt(usage, "input_tokens") === undefined && countAt(usage, "output_tokens") === undefined) return undefined;
  const tokens = anthropicTokens(usage);
  const searches = countAt(fieldsAt(usage, "server_tool_use"), "web_search_requests");
  if (searches) tokens.webSearches = searches;
  const passes = passesOf(usage);
  // A fallback answers with another model than the stream's head has named.
  const answering = passes.findLast((pass) => pass.type === "fallback_message")?.model ?? model;
  const sidePasses = leftOut(passes, tokens, answering);
  const speed = textAt(usage, "speed");
  const geo = textAt(usage, "inference_geo");
  return presentFields<ReplyUsage & { model?: string }>({
    tokens,
    model: answering,
    sidePasses: sidePasses.length > 0 ? sidePasses : undefined,
    requestInputTokens: passes.length > 1 ? Math.max(...passes.map((pass) => pass.tokens.input ?? 0)) : undefined,
    serviceTier: textAt(usage, "service_tier"),
    speed: speed === "standard" ? undefined : speed,
    inferenceGeo: geo === "global" || geo === "not_available" ? undefined : geo,
  });
}

/** Counts of a message, or of one pass of it. */
function anthropicTokens(usage: Fields): TokenCounts {
  const split = fieldsAt(usage, "cache_creation");
  const fiveMinutes = countAt(split, "ephemeral_5m_input_tokens") ?? 0;
  const hour = countAt(split, "ephemeral_1h_input_tokens") ?? 0;
  // A stream repeats the sum at its end, and the split only at its start: the sum is newer.
  const written = countAt(usage, "cache_creation_input_tokens") ?? fiveMinutes + hour;
  const cacheWrite1h = Math.min(hour, written);
  const cacheRead = countAt(usage, "cache_read_input_tokens") ?? 0;
  const output = countAt(usage, "output_tokens") ?? 0;
  const reasoning = countAt(fieldsAt(usage, "output_tokens_details"), "thinking_tokens", "reasoning_tokens") ?? 0;
  return presentFields<TokenCounts>({
    input: sum(countAt(usage, "input_tokens"), cacheRead, written),
    output: Math.max(output, reasoning),
    cacheRead: cacheRead || undefined,
    cacheWrite5m: written - cacheWrite1h || undefined,
    cacheWrite1h: cacheWrite1h || undefined,
    reasoning: reasoning || undefined,
  });
}

interface Pass extends SidePass {
  type: string;
}

function passesOf(usage: Fields): Pass[] {
  if (!Array.isArray(usage.iterations)) return [];
  return usage.iterations
    .filter(isFields)
    .map((pass) =>
      presentFields<Pass>({ type: textAt(pass, "type") ?? "message", model: textAt(pass, "model"), tokens: anthropicTokens(pass) }),
    );
}

/**
 * Passes that the message's own counts leave out though they are billed: compaction, an adviser, the first try of a
 * fallback. If all passes together are what the message shows, it leaves out none.
 */
function leftOut(passes: readonly Pass[], shown: TokenCounts, answering: string | undefined): SidePass[] {
  const whole = (name: "input" | "output") => sum(...passes.map((pass) => pass.tokens[name]));
  if (passes.length === 0 || (whole("input") === shown.input && whole("output") === shown.output)) return [];
  return passes
    .filter((pass) => !isShown(pass, answering))
    .map(({ model, tokens }) => (model === undefined || model === answering ? { tokens } : { model, tokens }));
}

function isShown(pass: Pass, answering: string | undefined): boolean {
  if (pass.type === "fallback_message") return true;
  return pass.type === "message" && (pass.model === undefined || pass.model === answering);
}
