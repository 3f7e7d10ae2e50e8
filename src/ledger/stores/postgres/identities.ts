/** Which record has an id: a table of digests beside the records, because no index of a partitioned table is unique by ids alone. */
import { type Identity, idIdentity, requestIdentity } from "../../schema/identity.ts";
import type { Entry } from "../../store.ts";
import { digestOf } from "./digests.ts";
import { arrayOf, type Transaction } from "./transaction.ts";

/** A key of the table. The attempt is 0 for ids. */
export interface IdentityKey {
  digest: string;
  attempt: number;
}

/** Where a record begins: the time tells the partition. */
export interface RecordPlace {
  row: number;
  timeMs: number;
}

export interface Claim extends IdentityKey, RecordPlace {}

export function keyOf({ kind, namespace, text, attempt }: Identity): IdentityKey {
  return { digest: digestOf(JSON.stringify([kind, namespace, text])), attempt: kind === "id" ? 0 : attempt };
}

/** An entry's keys: the request's first, which goes before the id. */
export function keysOf(entry: Entry): IdentityKey[] {
  const request = requestIdentity(entry);
  return request ? [keyOf(request), keyOf(idIdentity(entry))] : [keyOf(idIdentity(entry))];
}

/** Takes what is free, in one order everywhere so that writers wait for each other and never in a circle; answers how many were. */
export function claim(transaction: Transaction, claims: readonly Claim[]): Promise<number> {
  return transaction.run(
    `INSERT INTO identities (digest, attempt, "row", time_ms)
     SELECT * FROM unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::bigint[]) ORDER BY 1, 2 ON CONFLICT DO NOTHING`,
    [...keyArrays(claims), arrayOf(claims.map(({ row }) => row)), arrayOf(claims.map(({ timeMs }) => timeMs))],
  );
}

/** Gives keys back that were claimed in this transaction. */
export async function unclaim(transaction: Transaction, claims: readonly Claim[]): Promise<void> {
  await transaction.run(
    `DELETE FROM identities i USING unnest($1::uuid[], $2::bigint[], $3::bigint[]) AS mine (digest, attempt, "row")
     WHERE i.digest = mine.digest AND i.attempt = mine.attempt AND i."row" = mine."row"`,
    [...keyArrays(claims), arrayOf(claims.map(({ row }) => row))],
  );
}

/** Who has these keys: `nameOf` key → place. */
export async function holders(transaction: Transaction, keys: readonly IdentityKey[]): Promise<Map<string, RecordPlace>> {
  const rows = await transaction.query(
    `SELECT i.digest, i.attempt, i."row", i.time_ms FROM identities i
     JOIN unnest($1::uuid[], $2::bigint[]) AS wanted (digest, attempt) ON i.digest = wanted.digest AND i.attempt = wanted.attempt`,
    keyArrays(keys),
  );
  return new Map(
    rows.map(({ digest, attempt, row, time_ms }) => [
      nameOf({ digest: String(digest).replaceAll("-", ""), attempt: Number(attempt) }),
      { row: Number(row), timeMs: Number(time_ms) },
    ]),
  );
}

export function nameOf({ digest, attempt }: IdentityKey): string {
  return `${digest} ${attempt}`;
}

/** The records of a request, all its attempts. */
export function recordsOfRequest(transaction: Transaction, namespaces: readonly string[], requestId: string): Promise<RecordPlace[]> {
  return recordsOfIdentity(transaction, { kind: "request", namespaces, text: requestId });
}

/** The records that are known by a text in any of these namespaces. */
export async function recordsOfIdentity(
  transaction: Transaction,
  { kind, namespaces, text }: { kind: Identity["kind"]; namespaces: readonly string[]; text: string },
): Promise<RecordPlace[]> {
  const digests = namespaces.map((namespace) => keyOf({ kind, namespace, text, attempt: 1 }).digest);
  const rows = await transaction.query('SELECT "row", time_ms FROM identities WHERE digest = ANY($1::uuid[])', [`{${digests.join()}}`]);
  return rows.map(({ row, time_ms }) => ({ row: Number(row), timeMs: Number(time_ms) }));
}

function keyArrays(keys: readonly IdentityKey[]): [digests: string, attempts: string] {
  return [`{${keys.map(({ digest }) => digest).join()}}`, arrayOf(keys.map(({ attempt }) => attempt))];
}
