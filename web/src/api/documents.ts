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

export interface RecordCostDocument {
  record: UsageRecordDocument;
  lines: { kind: string; tokens: number; usd_per_million: string; cost_usd: string }[];
  computed_usd: string | null;
  /** What the record's source has told; it counts where it is there. */
  reported_usd: string | null;
  cost_basis: "reported" | "computed" | "estimated" | "unpriced";
  price_version: string | null;
  steps: string[];
  reason?: string | null;
}

export interface PriceEntryDocument {
  provider: string;
  model: string;
  aliases?: string[];
  effective_from: string | null;
  effective_to: string | null;
  input?: string;
  output?: string;
  cache_read?: string;
  cache_write?: string;
  cache_write_1h?: string;
  web_search_per_1k?: string;
  retired_on?: string;
  note?: string;
  long_context?: Record<string, string | number>[];
  services?: Record<string, { factor: number }>;
  sources: { name: string; date: string }[];
  [field: string]: unknown;
}

export interface PricesDocument {
  prices: PriceEntryDocument[];
  next_cursor?: string | null;
  explanation?: {
    provider: string;
    model: string;
    tokens: Record<string, number>;
    cost_usd: string | null;
    reason?: string;
    price_version?: string;
    steps: string[];
  };
}

export interface SavingsRuleDocument {
  id: string;
  kind: string;
  from: string;
  to: string;
  applied_at: string;
  scopes: { org?: string; team?: string; project?: string; key?: string }[];
  action: { type: "route" | "cache" | "by_hand"; [field: string]: unknown };
  /** In 730 hours. */
  expected_saving_usd: string | null;
}

export interface SavingsDocument {
  path: string | null;
  in_force: SavingsRuleDocument[];
  [field: string]: unknown;
}
