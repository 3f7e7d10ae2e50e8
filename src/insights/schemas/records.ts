/** Schemas of records, as they come in and go out. */
import { count, document, flag, type JsonSchema, list, money, nextCursor, number, object, text } from "./vocabulary.ts";

/** What `jsonl` reads and `export records` writes, one a line. Unlike documents, records carry no `schema` field. */
export const recordSchema: JsonSchema = {
  $schema: "https://json-schema.org/draft/2020-12/schema",
  title: "tokenledger.record/1",
  description:
    "input_tokens includes cached tokens and output_tokens includes reasoning; cache_creation_1h_tokens is a part of cache_creation_tokens.",
  ...object(
    { timestamp: text, provider: text, model: text, input_tokens: count, output_tokens: count },
    {
      id: text,
      requested_model: text,
      cache_creation_tokens: count,
      cache_creation_1h_tokens: count,
      cache_read_tokens: count,
      reasoning_tokens: count,
      audio_input_tokens: count,
      audio_output_tokens: count,
      web_searches: count,
      latency_ms: number,
      cost_usd: { anyOf: [money, number, { type: "null" }] },
      cost_source: { enum: ["reported", "computed"] },
      user_id: text,
      user: text,
      team_id: text,
      team: text,
      project_id: text,
      project: text,
      org_id: text,
      org: text,
      key: text,
      request_id: text,
      attempt: { type: "integer", minimum: 1 },
      session_id: text,
      tags: list(text),
      source: text,
      usage_source: { enum: ["reported", "estimated", "imported"] },
      status: text,
      service_tier: text,
      speed: text,
      inference_geo: text,
      request_input_tokens: count,
      replay_rank: count,
      metadata: { type: "object", additionalProperties: { anyOf: [text, number, flag, { type: "null" }] } },
      input_excludes_cache: flag,
    },
  ),
};

export const recordsSchema: JsonSchema = {
  $schema: "https://json-schema.org/draft/2020-12/schema",
  title: "tokenledger.records/1",
  ...object({ schema: { const: "tokenledger.records/1" }, records: list(recordSchema) }),
};

/** Records of the book, page by page; of one call: a record for each attempt. */
export const usageSchema: JsonSchema = {
  $schema: "https://json-schema.org/draft/2020-12/schema",
  title: "tokenledger.usage/1",
  ...object({ schema: { const: "tokenledger.usage/1" }, records: list(recordSchema) }, { next_cursor: nextCursor }),
};

/** What became of records that were posted, in their order. */
export const usageResultsSchema: JsonSchema = document("usage-results", {
  results: list(
    object({ status: { enum: ["new", "duplicate", "conflict", "invalid"] } }, { id: text, reason: text, warnings: list(text) }),
  ),
});
