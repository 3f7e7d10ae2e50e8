import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { openLedger } from "../../src/ledger/index.ts";
import { emptyBookUrl, hasPostgres } from "./postgres-server.ts";

const folder = mkdtempSync(join(tmpdir(), "tokenledger-prompt-key-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let books = 0;
const STORES: [name: string, emptyBook: () => Promise<string>][] = [
  ["a file", async () => join(folder, `book-${books++}.db`)],
  ...(hasPostgres ? [["PostgreSQL", emptyBookUrl] satisfies [string, () => Promise<string>]] : []),
];

describe.each(STORES)("the key for hashes of prompts of a book in %s", (_, emptyBook) => {
  it("is made once: whoever asks, at the same time or later, is told the same one", async () => {
    const url = await emptyBook();
    const ledgers = [await openLedger(url), await openLedger(url), await openLedger(url)];
    const keys = await Promise.all(ledgers.map((ledger) => ledger.promptKey()));
    for (const ledger of ledgers) await ledger.close();
    const later = await openLedger(url, { readOnly: true });
    keys.push(await later.promptKey());
    await later.close();
    expect(keys[0]).toHaveLength(32);
    for (const key of keys) expect(key).toEqual(keys[0]);
    const other = await openLedger(await emptyBook());
    expect(await other.promptKey()).not.toEqual(keys[0]);
    await other.close();
  });

  it("is not made in a book that is open for reading only, and is the bytes that chance gave, whatever they are", async () => {
    const url = await emptyBook();
    await (await openLedger(url)).close();
    const reader = await openLedger(url, { readOnly: true });
    expect(await reader.promptKey()).toBeUndefined();
    await reader.close();
    const chance = (size: number): Uint8Array => Uint8Array.from({ length: size }, (_, at) => (at < 8 ? 255 : at < 16 ? 0 : 7 * at));
    const writer = await openLedger(url, { randomBytes: chance });
    expect(await writer.promptKey()).toEqual(chance(32));
    expect(await writer.promptKey()).toEqual(chance(32));
    expect((await writer.verify()).differences).toEqual([]);
    await writer.close();
  });
});
