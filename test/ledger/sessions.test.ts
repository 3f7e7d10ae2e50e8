import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { openLedger } from "../../src/ledger/index.ts";
import { WORK_KEPT_MS } from "../../src/ledger/schema/work-owner.ts";
import { FakeClock, sessionConformance } from "../../src/testing/index.ts";
import { emptyBookUrl, hasPostgres } from "./postgres-server.ts";

const folder = mkdtempSync(join(tmpdir(), "tokenledger-sessions-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let books = 0;
const newPath = (): string => join(folder, `${books++}.db`);

describe("sessions in memory", () => {
  it.each(sessionConformance(() => openLedger("sqlite::memory:")))("$name", ({ run }) => run());
});

describe("sessions in a file", () => {
  it.each(sessionConformance(() => openLedger(newPath())))("$name", ({ run }) => run());
});

describe.runIf(hasPostgres)("sessions in PostgreSQL", () => {
  it.each(sessionConformance(async () => openLedger(await emptyBookUrl())))("$name", ({ run }) => run());
});

it("no page of the file and of its log holds a token, or a name of what providers keep", async () => {
  const path = newPath();
  const ledger = await openLedger(path);
  const { created } = await ledger.keys.create("ops");
  const { token } = await ledger.sessions.open(created.id, { ttlMs: 1000 });
  const call = { provider: "openai", model: "gpt-5", estimate: { costUsd: "0.1" } };
  const reservation = await ledger.reserve({ requestId: "r", ...call });
  await reservation.settle({ costUsd: "0.1" }, { externalIds: ["openai:resp_canary_of_an_id"] });
  for (const name of readdirSync(folder).filter((file) => path.endsWith(file.replace(/-(wal|shm)$/, "")))) {
    const bytes = readFileSync(join(folder, name));
    for (const canary of [token, token.slice(4), "resp_canary_of_an_id"])
      expect([name, canary, bytes.includes(canary)]).toEqual([name, canary, false]);
  }
  await ledger.close();
});

it("what providers keep of calls is forgotten after 400 days", async () => {
  const clock = new FakeClock(Date.parse("2026-01-01T00:00:00Z"));
  const ledger = await openLedger("sqlite::memory:", { clock });
  const call = { provider: "openai", model: "gpt-5", estimate: { costUsd: "0.1" } };
  const settled = async (requestId: string): Promise<void> => {
    const reservation = await ledger.reserve({ requestId, ...call });
    await reservation.settle({ costUsd: "0.1" }, { externalIds: [`openai:${requestId}`] });
  };
  await settled("early");
  clock.advance(2 * 86_400_000);
  await settled("late");
  clock.advance(WORK_KEPT_MS - 86_400_000);
  // What ends without a record is the occasion on which old things are forgotten.
  await (await ledger.reserve({ requestId: "any", ...call })).release();
  expect([await ledger.ownerOf("openai:early"), await ledger.ownerOf("openai:late")]).toEqual([undefined, {}]);
  await ledger.close();
});
