/** Lines as Claude Code writes them, made up. */
import { PROMPT_TEXT } from "../conformance.ts";

export interface LineOptions {
  id?: string | null;
  requestId?: string | null;
  uuid?: string | null;
  time?: string;
  model?: string;
  session?: string;
  cwd?: string;
  sidechain?: boolean;
  version?: string;
  usage?: Record<string, unknown>;
  content?: unknown[];
  extra?: Record<string, unknown>;
}

export const USAGE: Record<string, unknown> = {
  input_tokens: 10,
  cache_creation_input_tokens: 100,
  cache_read_input_tokens: 1000,
  cache_creation: { ephemeral_5m_input_tokens: 100, ephemeral_1h_input_tokens: 0 },
  output_tokens: 50,
  service_tier: "standard",
};

/** One line in the usual layout, with 1160 tokens unless told otherwise. */
export function assistantLine(options: LineOptions = {}): string {
  return JSON.stringify(assistantValue(options));
}

export function assistantValue(options: LineOptions = {}): Record<string, unknown> {
  const { id = "msg_1", requestId = "req_1", uuid = "5f0c9f3e-0000-4000-8000-000000000001" } = options;
  return {
    parentUuid: null,
    isSidechain: options.sidechain ?? false,
    userType: "external",
    cwd: options.cwd ?? "/home/dev/work/app",
    sessionId: options.session ?? "s-1",
    version: options.version ?? "2.1.9",
    gitBranch: "main",
    message: {
      model: options.model ?? "claude-sonnet-4-5-20250929",
      ...(id !== null && { id }),
      type: "message",
      role: "assistant",
      content: options.content ?? [{ type: "text", text: PROMPT_TEXT }],
      stop_reason: null,
      stop_sequence: null,
      usage: options.usage ?? USAGE,
    },
    ...(requestId !== null && { requestId }),
    type: "assistant",
    ...(uuid !== null && { uuid }),
    timestamp: options.time ?? "2026-05-01T12:00:00.000Z",
    ...options.extra,
  };
}
