import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { Machine } from "./run-command.ts";

const KEY = /^tl_live_[a-z2-7]{8}_[A-Za-z0-9_-]{43}_[0-9a-f]{8}$/;

interface KeyRow {
  id: string;
  name: string;
  state: string;
  expires_at: string | null;
}

const create = (machine: Machine, ...words: string[]) => machine.run(["keys", "create", ...words]);
const listed = (machine: Machine, ...words: string[]) => machine.json(["keys", "list", ...words]).keys as KeyRow[];

describe("tokenledger keys", () => {
  it("a new key stands alone on standard output, so that it can go into a variable; what is to be known of it stands beside", () => {
    const machine = new Machine();
    const { exitCode, stdout, stderr } = create(machine, "--name", "ci", "--team", "core", "--expires", "90d");
    expect(exitCode).toBe(0);
    expect(stdout.trimEnd()).toMatch(KEY);
    expect(stderr).toMatch(/^Key [a-z2-7]{8}, "ci", accepted until 2026-05-11 12:00 UTC\. It is shown this once: .*digest of it\.\n$/);
    expect(create(machine, "--name", "quiet", "--quiet")).toMatchObject({ exitCode: 0, stderr: "" });
  });

  it("as JSON it is the only document with a key in it", () => {
    const machine = new Machine();
    const document = machine.json(["keys", "create", "--name", "ci", "--team", "a new team", "--models", "gpt-5*, claude-opus-4-5"]);
    expect(document).toMatchObject({
      schema: "tokenledger.key/1",
      key: expect.stringMatching(KEY),
      id: expect.stringMatching(/^[a-z2-7]{8}$/),
      ...{ name: "ci", role: "member", team: "a new team", models: ["gpt-5*", "claude-opus-4-5"] },
      ...{ state: "active", expires_at: null, max_choices: null, created_at: "2026-02-10T12:00:00.000Z" },
    });
    const all = machine.run(["keys", "list", "--all", "--json"]).stdout + machine.run(["keys", "list", "--format", "csv"]).stdout;
    expect(all).toContain(String(document.id));
    expect(all).not.toContain(String(document.key).slice(17, 40));
  });

  it("security S1: neither the book nor its journal holds a key, or more of it than its id and its end", () => {
    const machine = new Machine();
    const key = create(machine, "--name", "ci").stdout.trimEnd();
    const files = ["", "-wal"].map((end) => machine.book + end).filter((path) => existsSync(path));
    const bytes = files.map((path) => readFileSync(path).toString("latin1")).join("");
    expect(bytes).toContain(key.slice(8, 16));
    expect(bytes).not.toContain(key.slice(17, 30));
    expect(machine.json(["verify"])).toMatchObject({ differences: [] });
  });

  it("security S17: a key that goes into a file can be read by nobody else, even where the file was there before", () => {
    const machine = new Machine();
    const file = join(machine.folder, "work", "key.txt");
    expect(create(machine, "--name", "a", "--output", file).exitCode).toBe(0);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    writeFileSync(`${file}2`, "", { mode: 0o666 });
    expect(create(machine, "--name", "b", "--output", `${file}2`, "--force").exitCode).toBe(0);
    expect(statSync(`${file}2`).mode & 0o777).toBe(0o600);
    expect(readFileSync(`${file}2`, "utf8").trimEnd()).toMatch(KEY);
  });

  it("a key that could not be shown is not made", () => {
    const machine = new Machine();
    expect(create(machine, "--name", "ci", "--output", "/nonexistent/key").exitCode).toBe(1);
    expect(machine.run(["keys", "list"]).exitCode).toBe(4);
  });

  it("security S3: a rotated key has a new secret under the same name; the old one ends at once, or with its grace", () => {
    const machine = new Machine();
    create(machine, "--name", "ci", "--user", "ada");
    const [before] = listed(machine);
    const rotation = machine.run(["keys", "rotate", "ci", "--grace", "24h"]);
    expect(rotation.stdout.trimEnd()).toMatch(KEY);
    expect(rotation.stderr).toMatch(/The old key is accepted until 2026-02-11 12:00 UTC\.\n$/);
    expect(listed(machine).map(({ id, name, expires_at }) => [id === before?.id, name, expires_at])).toEqual(
      expect.arrayContaining([
        [true, "ci", "2026-02-11T12:00:00.000Z"],
        [false, "ci", null],
      ]),
    );
    expect(machine.json(["keys", "rotate", "ci", "--grace", "7d"])).toMatchObject({
      schema: "tokenledger.key/1",
      user: "ada",
      grace_until: "2026-02-17T12:00:00.000Z",
    });
    expect(machine.json(["keys", "rotate", "ci"])).toMatchObject({ expires_at: null });
  });

  it("a revoked key is listed no more but with --all; an expired one neither", () => {
    const machine = new Machine();
    create(machine, "--name", "ci");
    create(machine, "--name", "short", "--expires", "2026-02-11");
    expect(machine.run(["keys", "revoke", "ci"])).toMatchObject({ exitCode: 0, stdout: '"ci" is revoked.\n' });
    expect(machine.json(["keys", "revoke", "ci"])).toMatchObject({ schema: "tokenledger.keys/1", revoked: 0 });
    expect(listed(machine).map(({ name }) => name)).toEqual(["short"]);
    const later = machine.run(["keys", "list", "--all", "--json"], { env: { TOKENLEDGER_NOW: "2026-02-11T00:00:00Z" } });
    expect((JSON.parse(later.stdout).keys as KeyRow[]).map(({ name, state }) => `${name} ${state}`).sort()).toEqual([
      "ci revoked",
      "short expired",
    ]);
    const nobody = machine.run(["keys", "list"], { env: { TOKENLEDGER_NOW: "2026-02-11T00:00:00Z" } });
    expect(nobody).toMatchObject({ exitCode: 4, stdout: "", stderr: "No key is in use; --all lists those that ended.\n" });
  });

  it("the table tells whose calls they are, and what they may do", () => {
    const machine = new Machine();
    create(machine, "--name", "ci", "--team", "core", "--project", "search", "--requests-per-minute", "60", "--max-choices", "2");
    const { stdout } = machine.run(["keys", "list"], { env: { COLUMNS: "160" } });
    expect(stdout).toMatch(/ci {4}member {2}team core, project search {2}60 requests\/min, 2 answers {2}active\n$/);
  });

  it.each([
    [[], "tokenledger keys create needs --name <name>: what the key is called."],
    [["--name", " "], "tokenledger keys create needs --name <name>: what the key is called."],
    [["--name", "x", "--role", "owner"], '--role is "owner"; accepted: member, viewer, admin.'],
    [["--name", "x", "--role", "admn"], '--role is "admn"; did you mean admin? Accepted: member, viewer, admin.'],
    [["--name", "x", "--expires", "2020-01-01"], '--expires "2020-01-01" lies in the past; give a time to come, such as 90d.'],
    [["--name", "x", "--expires", "soon"], /^--expires is "soon"; give a length of time such as 90d or 12h, a day such as/],
    [["--name", "x", "--max-output-tokens", "-1"], /^--max-output-tokens is "-1"; a number of tokens from 1/],
    [["--name", "x", "--models", ""], /^--models\[0\] is empty/],
    [["--name", "taken"], /^The name "taken" is in use by key [a-z2-7]{8}; revoke that one first, or take another name\.$/],
  ])("bad input A: keys create %j is refused in one sentence, and makes nothing", (words, sentence) => {
    const machine = new Machine();
    if (words.includes("taken")) create(machine, "--name", "taken");
    const before = machine.run(["keys", "list", "--all", "--json"]).stdout;
    const { exitCode, stdout, stderr } = create(machine, ...words);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: "" });
    expect(stderr.replace(/^tokenledger: /, "").trimEnd()).toMatch(sentence);
    expect(machine.run(["keys", "list", "--all", "--json"]).stdout).toBe(before);
  });

  it("bad input A: a key that is not there is told so, with the one that was meant; one unknown name changes nothing", () => {
    const machine = new Machine();
    const key = create(machine, "--name", "pipeline").stdout.trimEnd();
    const complaint = (...words: string[]) => machine.run(["keys", ...words]).stderr;
    expect(complaint("revoke", "pipeline", "piepline")).toBe('tokenledger: No key has the name or id "piepline"; did you mean pipeline?\n');
    expect(listed(machine)).toHaveLength(1);
    expect(complaint("rotate", "xyz")).toMatch(/No key has the name or id "xyz"; tokenledger keys list shows those that are there\.\n$/);
    expect(complaint("rotate", "pipeline", "--grace", "1 week")).toMatch(/--grace "1 week" is no length of time; give one up to 366d/);
    const itself = complaint("revoke", key);
    expect(itself).toMatch(/That is a key itself, not its name or id; its id is [a-z2-7]{8}\.\n$/);
    expect(itself).not.toContain(key.slice(17, 30));
  });
});
