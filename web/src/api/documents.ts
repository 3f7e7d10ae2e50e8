/** Documents that the server alone makes: their shapes are told by its OpenAPI description. */

export interface SessionDocument {
  role: "member" | "viewer" | "admin";
  key_id: string | null;
  key_name: string | null;
  org: string | null;
  team: string | null;
  user: string | null;
  project: string | null;
  expires_at: string | null;
  time_zone: string;
  version: string;
  now: string;
  reaches_everything: boolean;
  can_apply_savings: boolean;
  book: string;
}

/** Read more freely than the package writes it: every field is shown, also a newer server's. */
export interface UsageRecordDocument {
  id: string;
  timestamp: string;
  provider: string;
  model: string;
  input_tokens: number;
  output_tokens: number;
  cache_creation_tokens?: number;
  cache_creation_1h_tokens?: number;
  cache_read_tokens?: number;
  reasoning_tokens?: number;
  latency_ms?: number | null;
  cost_usd?: string | null;
  request_id?: string | null;
  user?: string | null;
  team?: string | null;
  project?: string | null;
  key?: string | null;
  session_id?: string | null;
  tags?: string[];
  source?: string;
  status?: string | null;
  metadata?: Record<string, unknown>;
  [field: string]: unknown;
}

export interface UsageDocument {
  records: UsageRecordDocument[];
  next_cursor: string | null;
}
