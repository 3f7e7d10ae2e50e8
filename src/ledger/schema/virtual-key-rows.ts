/** Rows of virtual keys: what notices an edit of theirs, and what else must hold of them. */
import { rulesFromJson, rulesToJson } from "../key-rules.ts";
import type { StoredKey } from "../key-store.ts";
import type { Differences } from "./differences.ts";
import { mix, mixText } from "./hash.ts";

const DIGEST_BYTES = 32;

/** A key's row, each value as a database without dates and objects keeps it. */
export interface VirtualKeyRow {
  id: string;
  name: string;
  digest: Uint8Array;
  last4: string;
  rules: string;
  origin: string;
  created_ms: number;
  revoked_ms: number | null;
  replaced_until_ms: number | null;
  last_used_ms: number | null;
  checksum: number;
}

export const VIRTUAL_KEY_COLUMNS: readonly (keyof VirtualKeyRow)[] = [
  "id",
  "name",
  "digest",
  "last4",
  "rules",
  "origin",
  "created_ms",
  "revoked_ms",
  "replaced_until_ms",
  "last_used_ms",
  "checksum",
];

export function virtualKeyRow(key: StoredKey): VirtualKeyRow {
  const { id, name, digest, last4, rules, origin, createdMs, revokedMs = null, replacedUntilMs = null, lastUsedMs = null } = key;
  const row = {
    id,
    name,
    digest,
    last4,
    rules: rulesToJson(rules),
    origin,
    created_ms: createdMs,
    revoked_ms: revokedMs,
    replaced_until_ms: replacedUntilMs,
    last_used_ms: lastUsedMs,
    checksum: 0,
  };
  return { ...row, checksum: virtualKeyChecksum(row) };
}

/** @throws where the rules can't be read: what a key may do is never guessed */
export function virtualKeyOf(row: VirtualKeyRow): StoredKey {
  return {
    id: row.id,
    name: row.name,
    digest: row.digest,
    last4: row.last4,
    rules: rulesFromJson(row.rules),
    origin: row.origin,
    createdMs: row.created_ms,
    ...(row.revoked_ms === null ? {} : { revokedMs: row.revoked_ms }),
    ...(row.replaced_until_ms === null ? {} : { replacedUntilMs: row.replaced_until_ms }),
    ...(row.last_used_ms === null ? {} : { lastUsedMs: row.last_used_ms }),
  };
}

export function checkVirtualKeys(rows: readonly VirtualKeyRow[], differences: Differences): void {
  const digests = new Set<string>();
  const names = new Set<string>();
  for (const row of rows) {
    const where = `virtual_keys id ${row.id}`;
    const checksum = virtualKeyChecksum(row);
    if (row.checksum !== checksum) differences.add("checksum", where, checksum, row.checksum);
    if (row.digest.length !== DIGEST_BYTES)
      differences.add("key", `${where} digest`, `${DIGEST_BYTES} bytes`, `${row.digest.length} bytes`);
    // The digest itself is nobody's business.
    const digest = Buffer.from(row.digest).toString("hex");
    if (digests.has(digest)) differences.add("key", `${where} digest`, "one key", "another key of the same text");
    digests.add(digest);
    const isCurrent = row.revoked_ms === null && row.replaced_until_ms === null;
    if (isCurrent && names.has(row.name)) differences.add("key", `${where} name`, "one key in use", `another one named ${row.name}`);
    if (isCurrent) names.add(row.name);
    checkRules(row, where, differences);
  }
}

function checkRules({ rules }: VirtualKeyRow, where: string, differences: Differences): void {
  try {
    const expected = rulesToJson(rulesFromJson(rules));
    if (expected !== rules) differences.add("key", `${where} rules`, expected, rules);
  } catch (error) {
    differences.add("key", `${where} rules`, "rules of a key", error instanceof Error ? error.message : error);
  }
}

/** When it was last used is no part of it: that changes all the time. */
function virtualKeyChecksum(row: VirtualKeyRow): number {
  let hash = 0;
  for (const instant of [row.created_ms, row.revoked_ms, row.replaced_until_ms]) hash = mix(hash, instant);
  for (const byte of row.digest) hash = mix(hash, byte);
  for (const text of [row.id, row.name, row.last4, row.rules, row.origin]) hash = mixText(hash, text);
  return hash;
}
