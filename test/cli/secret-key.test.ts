/** The key of the book's secrets, as the command is given it. */
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { Machine } from "./run-command.ts";

const HOOK = ["--webhook", "https://hooks.example/canary-of-the-path", "--webhook-secret-env", "HOOK"];
const BUDGET = ["budget", "set", "all", "--amount", "5", "--period", "daily"];
const SECRET = "canary-of-the-signing-secret";

const keyText = (seed: string): string => createHash("sha256").update(seed).digest("base64");

function webhookOf(machine: Machine, env: Record<string, string>): string {
  return JSON.parse(machine.run(["budget", "list", "--json"], { env }).stdout).budgets[0].webhook;
}

describe("security S8: the key of the book's secrets", () => {
  it("is made beside the book where none is given, and neither address nor secret stands in any file", () => {
    const machine = new Machine();
    expect(machine.run([...BUDGET, ...HOOK], { env: { HOOK: SECRET } }).exitCode).toBe(0);
    expect(existsSync(`${machine.book}.secret-key`)).toBe(true);
    for (const name of readdirSync(machine.folder).filter((file) => file.startsWith("book.db"))) {
      const bytes = readFileSync(join(machine.folder, name));
      for (const canary of ["canary-of-the-path", SECRET]) expect([name, bytes.includes(canary)]).toEqual([name, false]);
    }
    expect(webhookOf(machine, {})).toBe("https://hooks.example");
  });

  it("comes from TOKENLEDGER_SECRET_KEY or the file of TOKENLEDGER_SECRET_KEY_FILE, and from there alone", () => {
    const machine = new Machine();
    const given = { TOKENLEDGER_SECRET_KEY: keyText("one") };
    expect(machine.run([...BUDGET, ...HOOK], { env: { HOOK: SECRET, ...given } }).exitCode).toBe(0);
    expect(existsSync(`${machine.book}.secret-key`)).toBe(false);
    expect(webhookOf(machine, { TOKENLEDGER_SECRET_KEY_FILE: machine.file("key", `${keyText("one")}\n`) })).toBe("https://hooks.example");
    expect(webhookOf(machine, { TOKENLEDGER_SECRET_KEY: keyText("another") })).toBe("sealed");
    expect(webhookOf(machine, {})).toBe("sealed");
  });

  it("that is another one leaves budgets as they are, is told by verify, and asks for the webhook anew", () => {
    const machine = new Machine();
    const [one, another] = [{ TOKENLEDGER_SECRET_KEY: keyText("one") }, { TOKENLEDGER_SECRET_KEY: keyText("another") }];
    machine.run([...BUDGET, ...HOOK], { env: { HOOK: SECRET, ...one } });
    const verified = machine.run(["verify"], { env: another });
    expect([verified.exitCode, verified.stdout.match(/a text that the book's secret key opens/g)?.length]).toEqual([3, 2]);
    expect(machine.run(["verify"], { env: one }).exitCode).toBe(0);
    const change = machine.run(["budget", "set", "all", "--amount", "6"], { env: another });
    expect(change).toMatchObject({ exitCode: 2, stderr: expect.stringContaining("give --webhook anew") });
    const anew = [...BUDGET, "--webhook", "https://hooks.example/new", "--webhook-secret-env", "HOOK"];
    expect(machine.run(anew, { env: { HOOK: SECRET, ...another } }).exitCode).toBe(0);
    expect(webhookOf(machine, another)).toBe("https://hooks.example");
  });

  it.each([
    ["empty", { TOKENLEDGER_SECRET_KEY: "" }, /is empty; give the base64/],
    ["short", { TOKENLEDGER_SECRET_KEY: "c2hvcnQ=" }, /is not the base64 of 32 bytes/],
    ["a default", { TOKENLEDGER_SECRET_KEY: Buffer.from("changeme-changeme-changeme-chang").toString("base64") }, /can be guessed/],
    [
      "told twice",
      { TOKENLEDGER_SECRET_KEY: keyText("one"), TOKENLEDGER_SECRET_KEY_FILE: "key" },
      /^tokenledger: Both TOKENLEDGER_SECRET_KEY/,
    ],
    ["in no file", { TOKENLEDGER_SECRET_KEY_FILE: "missing" }, /"missing" does not exist/],
    ["in a file without a name", { TOKENLEDGER_SECRET_KEY_FILE: "" }, /TOKENLEDGER_SECRET_KEY_FILE is empty/],
  ])("that is %s is refused before anything is read or served, in one line", (_what, env, message) => {
    const machine = new Machine();
    machine.run(BUDGET);
    for (const words of [
      ["budget", "list"],
      ["serve", "--port", "0"],
    ]) {
      const { exitCode, stdout, stderr } = machine.run(words, { env });
      expect([words[0], exitCode === 0, stdout]).toEqual([words[0], false, ""]);
      expect(stderr).toMatch(message);
      expect(stderr.trim().split("\n")).toHaveLength(1);
      const { TOKENLEDGER_SECRET_KEY: told } = env as { TOKENLEDGER_SECRET_KEY?: string };
      if (told) expect(stderr).not.toContain(told);
    }
  });
});
