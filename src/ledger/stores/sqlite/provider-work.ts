/** The rows of `provider_work`. */

import { WORK_OWNERS, workDigest, workOwnerOf } from "../../schema/work-owner.ts";
import type { WorkOwner } from "../../store.ts";
import type { Connection } from "./driver.ts";
import { Statements } from "./statements.ts";

const COLUMNS = ["digest", ...WORK_OWNERS, "at_ms"];
/** Who had a name first keeps it. */
const INSERT = `INSERT OR IGNORE INTO provider_work (${COLUMNS.join(", ")}) VALUES (${COLUMNS.map(() => "?").join(", ")})`;
const SELECT = `SELECT ${WORK_OWNERS.join(", ")} FROM provider_work WHERE digest = ?`;

export class ProviderWork {
  readonly #statements: Statements;

  constructor(connection: Connection) {
    this.#statements = new Statements(connection);
  }

  remember(externalIds: readonly string[], { org, team, user, project, key }: WorkOwner, atMs: number): void {
    const owner = [org ?? null, team ?? null, user ?? null, project ?? null, key ?? null];
    for (const externalId of externalIds) this.#statements.of(INSERT).run(workDigest(externalId), ...owner, atMs);
  }

  ownerOf(externalId: string): WorkOwner | undefined {
    const row = this.#statements.of(SELECT).get(workDigest(externalId));
    return row && workOwnerOf(row, String);
  }

  forgetBefore(beforeMs: number): void {
    this.#statements.of("DELETE FROM provider_work WHERE at_ms < ?").run(beforeMs);
  }
}
