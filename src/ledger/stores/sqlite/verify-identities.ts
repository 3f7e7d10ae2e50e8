/** The table of identities, from its own side: nothing in it that no record has. */

import type { Differences } from "../../schema/differences.ts";
import type { Identity } from "../../schema/identity.ts";
import { type RecordRow, unpackId } from "../../schema/rows.ts";
import type { Connection } from "./driver.ts";
import type { Identities } from "./identities.ts";
import type { RecordReader } from "./record-reader.ts";

const PAGE_ROWS = 10_000;

/** The identities that an original row must hold. */
export function identitiesOf(row: RecordRow, reader: RecordReader): Identity[] {
  const { namespace, id, request_id: requestId, attempt, isReplay } = reader.identityIn(row);
  const found: Identity[] = id === null ? [] : [{ kind: "id", namespace, text: unpackId(id), attempt: 1 }];
  if (requestId !== null && !isReplay) found.push({ kind: "request", namespace, text: unpackId(requestId), attempt });
  return found;
}

export function verifyIdentities(connection: Connection, reader: RecordReader, identities: Identities, differences: Differences): void {
  const page = connection.prepare(`SELECT hash, row FROM identities WHERE hash > ? ORDER BY hash LIMIT ${PAGE_ROWS}`, { bigint: true });
  for (let last = -1n << 62n; ; ) {
    const slots = page.all(last);
    for (const { hash, row } of slots) verifySlot(Number(hash), Number(row), reader, identities, differences);
    if (slots.length < PAGE_ROWS) return;
    last = slots.at(-1)?.hash as bigint;
  }
}

function verifySlot(slot: number, row: number, reader: RecordReader, identities: Identities, differences: Differences): void {
  const stored = reader.row(row);
  if (stored === undefined || stored.corrects !== null) {
    differences.add(
      "identity",
      `identities hash ${slot}`,
      "the row of a record",
      stored ? `row ${row}, a correction` : `missing row ${row}`,
    );
  } else if (!identitiesOf(stored, reader).some((identity) => identities.slotOf(identity, row) === slot)) {
    differences.add("identity", `identities hash ${slot}`, "a hash of the record's ids", `row ${row}, which has other ids`);
  }
}
