/** All that a record says, in the order in which one asks: pure. */
import type { UsageRecordDocument } from "../../api/documents.ts";

export interface RecordField {
  /** As the document names it. */
  name: string;
  label: string;
  text: string;
}

const LABELS: Readonly<Record<string, string>> = {
  id: "Record",
  request_id: "Request",
  attempt: "Attempt",
  timestamp: "Time",
  provider: "Provider",
  model: "Model",
  requested_model: "Asked for",
  status: "Status",
  latency_ms: "Took, in milliseconds",
  input_tokens: "Input tokens, cached ones included",
  cache_read_tokens: "Read from the cache",
  cache_creation_tokens: "Written to the cache",
  cache_creation_1h_tokens: "of these for an hour",
  output_tokens: "Output tokens, reasoning included",
  reasoning_tokens: "Reasoning tokens",
  audio_input_tokens: "Audio input tokens",
  audio_output_tokens: "Audio output tokens",
  web_searches: "Web searches",
  request_input_tokens: "Input tokens of the largest request",
  usage_source: "Tokens are",
  cost_usd: "Cost in USD",
  cost_source: "Cost is",
  org: "Organisation",
  org_id: "Organisation's id",
  team: "Team",
  team_id: "Team's id",
  user: "User",
  user_id: "User's id",
  project: "Project",
  project_id: "Project's id",
  key: "Key",
  session_id: "Session",
  source: "Source",
  service_tier: "Service tier",
  speed: "Speed",
  inference_geo: "Place of inference",
  replay_rank: "Rank among tellings",
};

/** Told in places of their own. */
const ELSEWHERE = new Set(["tags", "metadata"]);

/** Known fields first, then what a newer server may say besides; what is absent is left out, what is unknown said. */
export function recordFields(record: UsageRecordDocument): RecordField[] {
  const names = [...Object.keys(LABELS), ...Object.keys(record).filter((name) => !Object.hasOwn(LABELS, name) && !ELSEWHERE.has(name))];
  return names.flatMap((name) => {
    const value = record[name];
    if (value === undefined) return [];
    const text =
      value === null ? (name === "cost_usd" ? "unpriced" : "unknown") : typeof value === "object" ? JSON.stringify(value) : String(value);
    return [{ name, label: LABELS[name] ?? name, text }];
  });
}

/** One line for each entry of the metadata. */
export function metadataLines({ metadata }: UsageRecordDocument): string[] {
  return Object.entries(metadata ?? {}).map(([name, value]) => `${name}: ${typeof value === "string" ? value : JSON.stringify(value)}`);
}
