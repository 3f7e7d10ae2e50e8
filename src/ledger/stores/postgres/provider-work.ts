/** The rows of `provider_work`. */
import { WORK_OWNERS, workDigest, workOwnerOf } from "../../schema/work-owner.ts";
import type { WorkOwner } from "../../store.ts";
import type { BookConnection } from "./connection.ts";
import { givenText, type Transaction, textArrayOf } from "./transaction.ts";

const COLUMNS = WORK_OWNERS.map((name) => `"${name}"`).join(", ");

/**
 * The INSERT of names for which a statement holds; who had a name first keeps it.
 *
 * @param first the number of its first parameter, of {@link workValues}
 * @param condition what must have a row, as it stands behind FROM
 */
export function workInsert(schema: string, first: number, condition: string): string {
  const owner = WORK_OWNERS.map((_, index) => `($${first + 1}::text[])[${index + 1}]`).join(", ");
  const names = `(SELECT decode(unnest($${first}::text[]), 'hex') AS digest) AS work`;
  return `INSERT INTO ${schema}.provider_work (digest, ${COLUMNS}, at_ms)
    SELECT work.digest, ${owner}, ${schema}.now_ms() FROM ${names} WHERE EXISTS (SELECT 1 FROM ${condition}) ON CONFLICT (digest) DO NOTHING`;
}

/** In one order of names, so that no two who add the same wait for each other. */
export function workValues(externalIds: readonly string[], owner: WorkOwner): [digests: string, owner: string] {
  const digests = externalIds.map((externalId) => Buffer.from(workDigest(externalId)).toString("hex")).sort();
  return [textArrayOf(digests), textArrayOf(WORK_OWNERS.map((name) => owner[name] ?? null))];
}

export async function rememberWork(
  transaction: Transaction,
  schema: string,
  externalIds: readonly string[],
  owner: WorkOwner,
): Promise<void> {
  if (externalIds.length > 0) await transaction.run(workInsert(schema, 1, "(SELECT 1) AS one"), workValues(externalIds, owner));
}

export async function ownerOfWork(connection: BookConnection, externalId: string): Promise<WorkOwner | undefined> {
  const sql = `SELECT ${COLUMNS} FROM ${connection.schema}.provider_work WHERE digest = $1`;
  const [row] = await connection.call(sql, [workDigest(externalId)], { repeatable: true, name: "owner_of_work" });
  return row && workOwnerOf(row, (stored) => givenText(String(stored)));
}

export async function forgetWork(connection: BookConnection, keptMs: number): Promise<void> {
  const { schema } = connection;
  const sql = `DELETE FROM ${schema}.provider_work WHERE at_ms < ${schema}.now_ms() - $1::bigint`;
  await connection.call(sql, [keptMs], { repeatable: true });
}
