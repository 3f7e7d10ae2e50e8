import { describe, expect, it } from "vitest";
import { type Ledger, openLedger, type RecordColumns, type UsageFilter } from "../../src/ledger/index.ts";
import { reachedBook } from "../../src/server/api/answers/reached-book.ts";
import { NO_REACH, reachOf } from "../../src/server/api/reach.ts";
import type { Caller } from "../../src/server/gateway/access/caller.ts";

const CALL = { provider: "acme", model: "acme-1", tokens: { input: 10 }, source: "library" };

async function teamsIn(book: Pick<Ledger, "scan">, filter: UsageFilter & { startMs?: number } = {}): Promise<(string | undefined)[]> {
  const teams: (string | undefined)[] = [];
  for await (const { length, names, team } of book.scan(filter) as AsyncIterable<RecordColumns>) {
    for (let at = 0; at < length; at++) teams.push(names.name(team[at] as number));
  }
  return teams;
}

describe("a scan of what is in reach", () => {
  it("tells the records of the caller's own names and no others, whatever is asked for", async () => {
    const ledger = await openLedger("sqlite::memory:");
    await ledger.record(["core", "web", "core"].map((team, at) => ({ ...CALL, id: String(at), timestampMs: at, team })));
    await ledger.record({ ...CALL, id: "nobody's", timestampMs: 9 });
    const reached = reachedBook(ledger, reachOf({ key: { name: "ci", role: "viewer", team: "core" } } as Caller));
    expect(await teamsIn(reached)).toEqual(["core", "core"]);
    expect(await teamsIn(reached, { startMs: 1, model: "acme-1" })).toEqual(["core"]);
    expect(await teamsIn(reached, { team: "web" })).toEqual([]);
    expect(await teamsIn(reached, { team: null })).toEqual([]);
    expect(await teamsIn(reached, { team: ["web", "core"] })).toEqual(["core", "core"]);
    expect(await teamsIn(reachedBook(ledger, NO_REACH))).toEqual([]);
    expect(await teamsIn(reachedBook(ledger, reachOf({} as Caller)))).toHaveLength(4);
    await ledger.close();
  });
});
