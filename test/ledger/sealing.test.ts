import { createHash, randomBytes } from "node:crypto";
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client } from "pg";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type BudgetDefinition, budgetToJson, isSealed } from "../../src/budget/index.ts";
import { type Ledger, openLedger } from "../../src/ledger/index.ts";
import { readKeyFile } from "../../src/ledger/sealing/key-file.ts";
import { open, seal, sealingKey } from "../../src/ledger/sealing/sealed-text.ts";
import { readSecretKeys } from "../../src/ledger/sealing/secret-key-text.ts";
import { connect } from "../../src/ledger/stores/sqlite/driver.ts";
import { ended, ledgerPrograms } from "./ledger-programs.ts";
import { emptyBookUrl, hasPostgres } from "./postgres-server.ts";
import { BUDGET } from "./waiting-alerts.ts";

const WEBHOOK = "https://hooks.slack.com/services/T0CANARY/B0CANARY/canary-of-the-address";
const SECRET = "canary-of-the-signing-secret";
const CANARIES = ["canary-of-the-address", SECRET, "T0CANARY"];

const keyText = (seed: string): string => createHash("sha256").update(seed).digest("base64");
const [OLD_KEY, NEW_KEY] = [keyText("old"), keyText("new")];

let folder: string;
let books: Ledger[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "tokenledger-sealing-"));
  books = [];
});
afterEach(async () => {
  await Promise.all(books.map((book) => book.close()));
  rmSync(folder, { recursive: true, force: true });
});

const path = (): string => join(folder, "book.db");
const keyFile = (): string => `${path()}.secret-key`;

async function book(address: string = path(), options: Parameters<typeof openLedger>[1] = {}): Promise<Ledger> {
  const opened = await openLedger(address, options);
  books.push(opened);
  return opened;
}

const hooked = (name: string, webhook: string = WEBHOOK, webhookSecret: string = SECRET): BudgetDefinition => ({
  ...BUDGET,
  enforcement: "block_requests",
  hard: true,
  name,
  webhook,
  webhookSecret,
});

async function webhooks(ledger: Ledger): Promise<Record<string, string | undefined>> {
  return Object.fromEntries((await ledger.budgets.list()).map(({ definition: { name, webhook } }) => [name, webhook]));
}

/** What stands in the rows, for either database. */
interface Rows {
  read(): Promise<{ name: string; definition: string }[]>;
  write(name: string, definition: string): Promise<void>;
}

async function sqliteRows(): Promise<Rows> {
  return {
    async read() {
      const connection = connect(path(), { readOnly: true });
      const rows = connection.prepare("SELECT name, definition FROM budgets ORDER BY name").all();
      connection.close();
      return rows as { name: string; definition: string }[];
    },
    async write(name, definition) {
      const connection = connect(path(), { readOnly: false });
      connection.prepare("UPDATE budgets SET definition = ? WHERE name = ?").run(definition, name);
      connection.prepare("UPDATE settings SET value = value + 1 WHERE name = 'budgets_revision'").run();
      connection.close();
    },
  };
}

async function postgresRows(address: string): Promise<Rows> {
  const url = new URL(address);
  const schema = url.searchParams.get("schema") as string;
  url.searchParams.delete("schema");
  const asked = async (sql: string, values: unknown[]): Promise<{ name: string; definition: string }[]> => {
    const client = new Client({ connectionString: url.href });
    await client.connect();
    try {
      return (await client.query(sql, values)).rows as { name: string; definition: string }[];
    } finally {
      await client.end();
    }
  };
  return {
    read: () => asked(`SELECT name, definition FROM ${schema}.budgets ORDER BY name`, []),
    async write(name, definition) {
      await asked(`UPDATE ${schema}.budgets SET definition = $2 WHERE name = $1`, [name, definition]);
      await asked(`UPDATE ${schema}.settings SET value = value + 1 WHERE name = 'budgets_revision'`, []);
    },
  };
}

interface Place {
  address: string;
  rows: Rows;
}

const DATABASES: [name: string, place: () => Promise<Place>][] = [
  ["SQLite", async () => ({ address: path(), rows: await sqliteRows() })],
  ...(hasPostgres
    ? ([
        [
          "PostgreSQL",
          async () => {
            const address = await emptyBookUrl();
            return { address, rows: await postgresRows(address) };
          },
        ],
      ] satisfies [string, () => Promise<Place>][])
    : []),
];

describe.each(DATABASES)("webhooks in a book on %s", (_database, placeOf) => {
  test("stand sealed in its rows, and come out as they went in", async () => {
    const { address, rows } = await placeOf();
    const ledger = await book(address, { secretKey: NEW_KEY });
    await ledger.budgets.put([hooked("one"), hooked("two"), { ...BUDGET, name: "without" }]);
    const text = JSON.stringify(await rows.read());
    for (const canary of CANARIES) expect(text).not.toContain(canary);
    expect(await webhooks(ledger)).toEqual({ one: WEBHOOK, two: WEBHOOK, without: undefined });
    const [first] = await ledger.budgets.list();
    expect(budgetToJson(first?.definition as BudgetDefinition)).toBe(budgetToJson(hooked("one")));
    const again = await book(address, { secretKey: NEW_KEY, readOnly: true });
    expect(await webhooks(again)).toEqual(await webhooks(ledger));
    // No two texts are alike, though what is in them is.
    const [one, two] = (await rows.read()).map(({ definition }) => (JSON.parse(definition) as BudgetDefinition).webhook);
    expect(one).not.toBe(two);
  });

  test("two of them swapped by SQL open for neither budget, verify tells both, and the budgets hold all the same", async () => {
    const { address, rows } = await placeOf();
    const ledger = await book(address, { secretKey: NEW_KEY });
    await ledger.budgets.put([hooked("one"), hooked("two", "http://127.0.0.1:9/other", "another canary secret")]);
    expect((await ledger.verify()).differences).toEqual([]);
    const [one, two] = (await rows.read()).map(({ definition }) => JSON.parse(definition) as BudgetDefinition);
    await rows.write("one", JSON.stringify({ ...one, webhook: two?.webhook, webhookSecret: one?.webhookSecret }));
    await rows.write("two", JSON.stringify({ ...two, webhook: two?.webhook, webhookSecret: one?.webhookSecret }));
    const opened = await book(address, { secretKey: NEW_KEY });
    const found = await opened.budgets.list();
    expect(found.map(({ definition }) => [isSealed(definition.webhook), isSealed(definition.webhookSecret)])).toEqual([
      [true, false],
      [false, true],
    ]);
    const secrets = (await opened.verify()).differences.filter(({ kind }) => kind === "secret");
    expect(secrets.map(({ where, found: what }) => [where.replace(/id \d+/, "id N"), what])).toEqual([
      ["budgets id N webhook", "one that was changed, or moved here from another place"],
      ["budgets id N webhookSecret", "one that was changed, or moved here from another place"],
    ]);
    const call = { provider: "openai", model: "gpt-5", scope: { team: "engineering" }, estimate: { costUsd: "600" } };
    await expect(opened.reserve({ requestId: "too dear", ...call })).rejects.toMatchObject({ code: "BUDGET_EXCEEDED" });
  });

  test("the same one put again changes nothing", async () => {
    const { address, rows } = await placeOf();
    const ledger = await book(address, { secretKey: NEW_KEY });
    await ledger.budgets.put(hooked("one"));
    const before = await rows.read();
    await ledger.budgets.put(hooked("one"));
    await (await book(address, { secretKey: NEW_KEY })).budgets.replace([hooked("one")], "library");
    expect(await rows.read()).toEqual(before);
  });

  test("that stood there in clear are sealed by the next opening for writing, and by none for reading", async () => {
    const { address, rows } = await placeOf();
    const ledger = await book(address, { secretKey: NEW_KEY });
    await ledger.budgets.put([{ ...BUDGET, name: "one" }, hooked("two")], "config:somewhere");
    const [one] = await rows.read();
    await rows.write("one", budgetToJson(hooked("one")));
    expect(await webhooks(await book(address, { secretKey: NEW_KEY, readOnly: true }))).toEqual({ one: WEBHOOK, two: WEBHOOK });
    expect(JSON.stringify(await rows.read())).toContain(SECRET);
    const opened = await book(address, { secretKey: NEW_KEY });
    for (const canary of CANARIES) expect(JSON.stringify(await rows.read())).not.toContain(canary);
    expect((await opened.budgets.list()).map(({ origin }) => origin)).toEqual(["config:somewhere", "config:somewhere"]);
    expect(await webhooks(opened)).toEqual({ one: WEBHOOK, two: WEBHOOK });
    const after = await rows.read();
    expect(one?.definition).not.toBe(after[0]?.definition);
    await book(address, { secretKey: NEW_KEY });
    expect(await rows.read()).toEqual(after);
  });

  test("are sealed anew where the key is another one, and open for the earlier key no more", async () => {
    const { address, rows } = await placeOf();
    const ledger = await book(address, { secretKey: OLD_KEY });
    await ledger.budgets.put(hooked("one"));
    const before = await rows.read();
    await book(address, { secretKey: `${NEW_KEY}, ${OLD_KEY}` });
    expect(await rows.read()).not.toEqual(before);
    expect(await webhooks(await book(address, { secretKey: NEW_KEY }))).toEqual({ one: WEBHOOK });
    const late = await book(address, { secretKey: OLD_KEY });
    expect(isSealed((await webhooks(late)).one)).toBe(true);
    const [difference] = (await late.verify()).differences;
    expect(difference).toMatchObject({ kind: "secret", found: expect.stringMatching(/^one of the key [0-9a-f]{8}$/) });
  });

  test("that do not open stay as they are while other fields change, and no other sealed text is accepted", async () => {
    const { address, rows } = await placeOf();
    await (await book(address, { secretKey: OLD_KEY })).budgets.put([hooked("one"), hooked("two")]);
    const late = await book(address, { secretKey: NEW_KEY });
    const [one, two] = (await late.budgets.list()).map(({ definition }) => definition) as [BudgetDefinition, BudgetDefinition];
    const before = (await rows.read())[0]?.definition as string;
    await late.budgets.put({ ...one, amountNanoUsd: 7n });
    const after = JSON.parse((await rows.read())[0]?.definition as string) as BudgetDefinition;
    expect({ ...after, amountNanoUsd: "500000000000" }).toEqual(JSON.parse(before));
    await expect(late.budgets.put({ ...one, webhook: two.webhook as string })).rejects.toThrow(/webhook is sealed text of the book/);
    await late.budgets.put(hooked("one"));
    expect((await webhooks(late)).one).toBe(WEBHOOK);
  });

  test("have no empty secret", async () => {
    const { address } = await placeOf();
    const ledger = await book(address, { secretKey: NEW_KEY });
    for (const secret of ["", "  "]) {
      await expect(ledger.budgets.put(hooked("one", WEBHOOK, secret))).rejects.toThrow(
        'budget "one": webhookSecret is empty; give a secret, or none.',
      );
    }
  });
});

describe("a book in a file", () => {
  test("has a key beside it from its first secret on, which only its owner reads", async () => {
    const ledger = await book();
    await ledger.budgets.put({ ...BUDGET, name: "without" });
    expect(readdirSync(folder)).not.toContain("book.db.secret-key");
    await ledger.budgets.put(hooked("one"));
    expect(statSync(keyFile()).mode & 0o777).toBe(0o600);
    expect(readSecretKeys(readFileSync(keyFile(), "utf8").trim(), "it")).toHaveLength(1);
    expect(readdirSync(folder).filter((name) => name.includes("secret-key"))).toEqual(["book.db.secret-key"]);
    expect(await webhooks(await book(path(), { readOnly: true }))).toMatchObject({ one: WEBHOOK });
  });

  test("holds no webhook in any page of it, nor in its log, nor after one that stood there in clear was sealed", async () => {
    const ledger = await book();
    await ledger.budgets.put([hooked("one"), hooked("two")]);
    await ledger.budgets.put(hooked("one", "http://127.0.0.1:9/T0CANARY"));
    await ledger.budgets.remove("two");
    expect(filesHolding(CANARIES)).toEqual([]);
    await ledger.budgets.put({ ...BUDGET, name: "clear" });
    await ledger.close();
    books = [];
    await (await sqliteRows()).write("clear", budgetToJson(hooked("clear")));
    expect(filesHolding(CANARIES)).not.toEqual([]);
    const sealing = await book();
    expect(filesHolding(CANARIES)).toEqual([]);
    expect((await webhooks(sealing)).clear).toBe(WEBHOOK);
  });

  test("whose key is gone, is another one or can't be read keeps its budgets, and seals what is put anew", async () => {
    await (await book()).budgets.put(hooked("one"));
    for (const spoil of [
      () => rmSync(keyFile()),
      () => writeFileSync(keyFile(), `${keyText("another")}\n`),
      () => writeFileSync(keyFile(), "no key"),
    ]) {
      spoil();
      const opened = await book();
      expect(isSealed((await webhooks(opened)).one)).toBe(true);
      expect((await opened.verify()).differences.map(({ kind }) => kind)).toEqual(["secret", "secret"]);
      expect(await opened.alerts.deliver()).toEqual({ delivered: 0, failed: 0 });
    }
    await expect((await book()).budgets.put(hooked("one"))).rejects.toThrow(/secret-key" is not the base64 of 32 bytes/);
    rmSync(keyFile());
    const mended = await book();
    await mended.budgets.put(hooked("one"));
    expect((await webhooks(mended)).one).toBe(WEBHOOK);
  });

  test("moves from its file's key to one that is given", async () => {
    await (await book()).budgets.put(hooked("one"));
    expect((await webhooks(await book(path(), { secretKey: NEW_KEY }))).one).toBe(WEBHOOK);
    rmSync(keyFile());
    expect((await webhooks(await book(path(), { secretKey: NEW_KEY, readOnly: true }))).one).toBe(WEBHOOK);
  });

  const run = ledgerPrograms(`
    const [path, start] = process.argv.slice(1);
    const ledger = await openLedger(path);
  `);

  test("gets one key, however many processes seal its first secret at the same time", async () => {
    await (await book()).budgets.put({ ...BUDGET, name: "without" });
    const startMs = Date.now() + 1500;
    const programs = Array.from({ length: 8 }, (_, index) =>
      run(
        `while (Date.now() < Number(start)) await new Promise((resolve) => setTimeout(resolve, 1));
         const definition = { name: "of ${index}", scope: {}, period: "daily", amountNanoUsd: 5n, alerts: [], enforcement: "notify_only", hard: false,
           webhook: "http://127.0.0.1:9/${index}" };
         await ledger.budgets.put(definition); await ledger.close();`,
        [path(), startMs],
      ),
    );
    const ends = await Promise.all(programs.map(ended));
    expect(ends.map(({ complaint }) => complaint).join("")).toBe("");
    const expected = Object.fromEntries(Array.from({ length: 8 }, (_, index) => [`of ${index}`, `http://127.0.0.1:9/${index}`]));
    expect(await webhooks(await book())).toMatchObject(expected);
    expect(readKeyFile(keyFile())).toHaveLength(1);
    expect(readdirSync(folder).filter((name) => name.includes("secret-key"))).toEqual(["book.db.secret-key"]);
  }, 60_000);

  function filesHolding(texts: readonly string[]): string[] {
    return readdirSync(folder).filter((name) => {
      const bytes = readFileSync(join(folder, name));
      return texts.some((text) => bytes.includes(text));
    });
  }
});

test("a book in memory keeps its key there", async () => {
  const ledger = await book("sqlite::memory:");
  await ledger.budgets.put(hooked("one"));
  expect((await webhooks(ledger)).one).toBe(WEBHOOK);
});

test.runIf(hasPostgres)("a book on PostgreSQL without a key refuses webhooks, and says what to set", async () => {
  const address = await emptyBookUrl();
  const ledger = await book(address);
  await expect(ledger.budgets.put(hooked("one"))).rejects.toThrow(/has no key for it; set TOKENLEDGER_SECRET_KEY to the output of/);
  await ledger.budgets.put({ ...BUDGET, name: "without" });
  expect((await ledger.budgets.list()).map(({ definition }) => definition.name)).toEqual(["without"]);
});

describe("a key", () => {
  test.each([
    ["is empty", "", /is empty; give the base64/],
    ["is blank", "  ", /is empty; give the base64/],
    ["is short", randomBytes(16).toString("base64"), /is not the base64 of 32 bytes/],
    ["is long", randomBytes(33).toString("base64"), /is not the base64 of 32 bytes/],
    ["is a password", "correct horse battery staple", /is not the base64 of 32 bytes/],
    ["is zeros", Buffer.alloc(32).toString("base64"), /can be guessed/],
    ["is one byte again and again", Buffer.alloc(32, 0x5a).toString("base64"), /can be guessed/],
    ["is a counting sequence", Buffer.from(Array.from({ length: 32 }, (_, i) => i)).toString("base64"), /can be guessed/],
    ["is a falling sequence", Buffer.from(Array.from({ length: 32 }, (_, i) => 250 - 3 * i)).toString("base64"), /can be guessed/],
    ["is a text", Buffer.from("changeme-changeme-changeme-chang").toString("base64"), /can be guessed/],
    ["is a short pattern", Buffer.from("deadbeef00c0ffee".repeat(4), "hex").toString("base64"), /can be guessed/],
    ["has a second one that is none", `${NEW_KEY},`, /is not the base64 of 32 bytes/],
    ["is short bytes", new Uint8Array(31), /has 31 bytes/],
    ["is no text", 5 as unknown as string, /is empty/],
  ])("that %s refuses to open the book, in one sentence that does not repeat it", async (_what, secretKey, message) => {
    const opening = openLedger("sqlite::memory:", { secretKey });
    await expect(opening).rejects.toThrow(message);
    await expect(opening).rejects.toMatchObject({ code: "INVALID_INPUT" });
    const sentence = String(await opening.catch((error: unknown) => error));
    if (typeof secretKey === "string" && secretKey.trim() !== "") expect(sentence).not.toContain(secretKey);
  });

  test("may be written as base64 of either alphabet, with or without padding, or be bytes", async () => {
    const bytes = createHash("sha256").update("any").digest();
    const written = [bytes.toString("base64"), bytes.toString("base64").replace("=", ""), bytes.toString("base64url")];
    expect(new Set(written.map((text) => readSecretKeys(text, "it")[0]?.id))).toEqual(new Set([sealingKey(bytes).id]));
    expect(readSecretKeys(bytes, "it")[0]?.id).toBe(sealingKey(bytes).id);
  });

  test("seals no text twice alike, and opens none of another place, of another key, or that was changed anywhere", () => {
    const key = sealingKey(createHash("sha256").update("key").digest());
    const place = { table: "budgets", column: "webhook", name: "a|b" } as const;
    const sealed = seal("hidden", place, key, randomBytes);
    expect(seal("hidden", place, key, randomBytes)).not.toBe(sealed);
    expect(isSealed(sealed)).toBe(true);
    expect(open(sealed, place, [key])).toEqual({ text: "hidden" });
    expect(open(sealed, { ...place, name: "a" }, [key])).toEqual({ failure: "damaged" });
    expect(open(sealed, { ...place, column: "webhookSecret" }, [key])).toEqual({ failure: "damaged" });
    expect(open(sealed, place, [sealingKey(createHash("sha256").update("other").digest())])).toEqual({ failure: "other_key" });
    const content = sealed.lastIndexOf(":") + 1;
    const bytes = Buffer.from(sealed.slice(content), "base64url");
    for (let index = 0; index < bytes.length; index++) {
      const changed = Buffer.from(bytes);
      changed[index] = (changed[index] as number) ^ 1;
      expect(open(sealed.slice(0, content) + changed.toString("base64url"), place, [key])).toEqual({ failure: "damaged" });
      expect(open(sealed.slice(0, content) + bytes.subarray(0, index).toString("base64url"), place, [key])).toEqual({ failure: "damaged" });
    }
  });
});
