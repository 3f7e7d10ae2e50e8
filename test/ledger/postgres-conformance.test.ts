import { describe, it } from "vitest";
import { openLedger } from "../../src/ledger/index.ts";
import { ledgerConformance } from "../../src/testing/index.ts";
import { emptyBookUrl, hasPostgres } from "./postgres-server.ts";

describe.skipIf(!hasPostgres)("acceptance G15: the store in PostgreSQL (skipped where there is no PostgreSQL)", () => {
  it.each(ledgerConformance(async () => openLedger(await emptyBookUrl())))("$name", ({ run }) => run());
});
