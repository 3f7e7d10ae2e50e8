/** Lines as Codex writes them, made up. Counts are [input, cached, output]. */

export type Counts = readonly [input: number, cached: number, output: number];

export const PARENT_ID = "0196fb2c-0000-7000-8000-000000000001";
export const CHILD_ID = "0196fb2d-0000-7000-8000-000000000002";
const PARENT_TURN = "0196fb2c-5555-7000-8000-000000000003";
export const CHILD_TURN = "0196fb2d-5555-7000-8000-000000000004";

const TIME = "2026-05-01T12:00:00.000Z";

function line(type: string, payload: unknown, timestamp: string = TIME): string {
  return JSON.stringify({ timestamp, type, payload });
}

export function sessionMeta(changes: Record<string, unknown> = {}): string {
  return line("session_meta", {
    id: PARENT_ID,
    cwd: "/home/dev/work/app",
    originator: "codex_cli_rs",
    cli_version: "0.99.0",
    model_provider: "openai",
    ...changes,
  });
}

export function turnContext(changes: Record<string, unknown> = {}): string {
  return line("turn_context", { turn_id: PARENT_TURN, cwd: "/home/dev/work/app", model: "gpt-5-codex", effort: "medium", ...changes });
}

const usageOf = ([input, cached, output]: Counts): Record<string, number> => ({
  input_tokens: input,
  cached_input_tokens: cached,
  output_tokens: output,
  reasoning_output_tokens: Math.floor(output / 2),
  total_tokens: input + output,
});

export function tokenCount({ total, last, time, info }: { total?: Counts; last?: Counts; time?: string; info?: object | null }): string {
  const told =
    info === null
      ? null
      : { ...(total && { total_token_usage: usageOf(total) }), ...(last && { last_token_usage: usageOf(last) }), ...info };
  return line("event_msg", { type: "token_count", info: told, rate_limits: { primary: { used_percent: 12.5 } } }, time);
}
