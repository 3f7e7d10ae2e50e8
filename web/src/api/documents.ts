/** Documents that the server alone makes: their shapes are told by its OpenAPI description. */
import type { RecordCostDocument } from "tokenledger/insights";

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

/** A record of the book, which has given it an id; a newer server may say more. */
export type UsageRecordDocument = RecordCostDocument["record"] & { id: string; [field: string]: unknown };

export interface UsageDocument {
  records: UsageRecordDocument[];
  next_cursor: string | null;
}
