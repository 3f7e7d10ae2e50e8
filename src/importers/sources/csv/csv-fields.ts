/** The fields of the record form as a table holds them: what their columns may be called, and how a cell is read. */
import { InvalidInput, quoteValue } from "../../../errors.ts";

export interface CsvField {
  name: string;
  /** What other programs call the column, as `headingKey` spells it. */
  otherNames: readonly string[];
  kind: "text" | "count" | "number" | "money" | "flag" | "list";
}

/** Every field that a column may hold. */
export const CSV_FIELDS: readonly CsvField[] = [
  text("id", "record_id", "usage_id"),
  text("timestamp", "time", "date", "datetime", "created_at", "timestamp_utc", "start_time"),
  text("provider", "vendor", "provider_name"),
  text("model", "model_name", "model_id"),
  text("requested_model"),
  count("input_tokens", "prompt_tokens", "tokens_in", "input", "tokens_prompt"),
  count("output_tokens", "completion_tokens", "tokens_out", "output", "tokens_completion"),
  count("cache_creation_tokens", "cache_creation_input_tokens", "cache_write_tokens"),
  count("cache_creation_1h_tokens", "cache_write_1h_tokens"),
  count("cache_read_tokens", "cache_read_input_tokens", "cached_tokens", "cached_input_tokens"),
  count("reasoning_tokens", "reasoning_output_tokens"),
  count("audio_input_tokens"),
  count("audio_output_tokens"),
  count("web_searches", "web_search_requests"),
  { name: "latency_ms", otherNames: ["duration_ms"], kind: "number" },
  { name: "cost_usd", otherNames: ["cost", "total_cost", "spend", "spend_usd"], kind: "money" },
  text("cost_source"),
  text("user_id"),
  text("user", "user_name", "username"),
  text("team_id"),
  text("team", "team_name"),
  text("project_id"),
  text("project", "project_name"),
  text("org_id", "organization_id"),
  text("org", "organization", "organization_name"),
  text("key", "api_key_name", "key_name"),
  text("request_id"),
  count("attempt"),
  text("session_id", "session", "conversation_id"),
  { name: "tags", otherNames: ["tag"], kind: "list" },
  text("source"),
  text("usage_source"),
  text("status"),
  text("service_tier"),
  text("speed"),
  text("inference_geo"),
  count("request_input_tokens"),
  count("replay_rank"),
  { name: "input_excludes_cache", otherNames: [], kind: "flag" },
];

const COUNT = /^\d+(?:\.0+)?$/;
const NUMBER = /^-?(?:\d+(?:\.\d+)?|\.\d+)(?:e[+-]?\d+)?$/i;

/** A cell as the record form has it; an empty one is absent. */
export function cellValue(field: CsvField, cell: string): unknown {
  if (cell === "") return undefined;
  switch (field.kind) {
    case "count":
      return plain(field, cell, COUNT, "a whole number without separators, such as 1234,");
    case "number":
      return plain(field, cell, NUMBER, "a plain number such as 12.5");
    case "money":
      return plain(field, cell, NUMBER, "USD as a plain number such as 0.25, without a currency sign or separators,");
    case "flag":
      if (/^(?:true|false)$/i.test(cell)) return cell.toLowerCase() === "true";
      throw new InvalidInput(`${field.name} is ${quoteValue(cell)}; true or false is needed`);
    case "list":
      return cell.split(/[;|,]/).map((part) => part.trim());
    default:
      return cell;
  }
}

function plain({ name }: CsvField, cell: string, form: RegExp, needed: string): number {
  if (form.test(cell)) return Number(cell);
  throw new InvalidInput(`${name} is ${quoteValue(cell)}; ${needed} is needed`);
}

function text(name: string, ...otherNames: string[]): CsvField {
  return { name, otherNames, kind: "text" };
}

function count(name: string, ...otherNames: string[]): CsvField {
  return { name, otherNames, kind: "count" };
}
