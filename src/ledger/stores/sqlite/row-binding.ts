/** A row as the values of an INSERT. */
import type { RecordRow } from "../../schema/rows.ts";
import type { SqlValue } from "./driver.ts";

/** Puts a row's values, in the order of {@link COLUMNS}, into `values` from `at` on. */
export function bindRow(row: RecordRow, values: SqlValue[], at: number): void {
  values[at] = row.row;
  values[at + 1] = row.time_ms;
  values[at + 2] = row.model;
  values[at + 3] = row.source;
  values[at + 4] = row.org;
  values[at + 5] = row.team;
  values[at + 6] = row.user;
  values[at + 7] = row.project;
  values[at + 8] = row.key;
  values[at + 9] = row.session;
  values[at + 10] = row.tags;
  values[at + 11] = row.circumstances;
  values[at + 12] = row.price_version;
  values[at + 13] = row.requests;
  values[at + 14] = row.unpriced;
  values[at + 15] = row.input_tokens;
  values[at + 16] = row.output_tokens;
  values[at + 17] = row.cache_read_tokens;
  values[at + 18] = row.cache_write_5m_tokens;
  values[at + 19] = row.cache_write_1h_tokens;
  values[at + 20] = row.reasoning_tokens;
  values[at + 21] = row.audio_input_tokens;
  values[at + 22] = row.audio_output_tokens;
  values[at + 23] = row.web_searches;
  values[at + 24] = row.latency_ms;
  values[at + 25] = row.reported_cost_nano_usd;
  values[at + 26] = row.computed_cost_nano_usd;
  values[at + 27] = row.corrects;
  values[at + 28] = row.id;
  values[at + 29] = row.request_id;
  values[at + 30] = row.metadata;
  values[at + 31] = row.checksum;
}
