/** Security rule S17: files that are written, and files that are read. */
import { createHash } from "node:crypto";
import {
  chmodSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { zipSync } from "fflate";
import { describe, expect, it } from "vitest";
import { openFileOutput } from "../../src/cli/printing/file-output.ts";
import { JANUARY, Machine, recordForm } from "./run-command.ts";

const machine = new Machine();
machine.importRecords(JANUARY);
const work = join(machine.folder, "work");
const mode = (path: string): number => statSync(path).mode & 0o777;
const lines = (...records: object[]): string => records.map((record) => `${JSON.stringify(record)}\n`).join("");

/** Everything below a folder: kinds, modes, times and contents. */
function stateOf(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .map((entry) => {
      const path = join(entry.parentPath, entry.name);
      const { mode: bits, mtimeMs, size } = lstatSync(path);
      const content = entry.isFile()
        ? createHash("sha256").update(readFileSync(path)).digest("hex")
        : entry.isSymbolicLink()
          ? readlinkSync(path)
          : "";
      return [path, bits, mtimeMs, size, content].join(" ");
    })
    .sort();
}

describe("security S17: what is written", () => {
  it("a file that came to be while the output was made stays as it is without --force, and is replaced with it", () => {
    const path = join(work, "raced.csv");
    const output = openFileOutput(path, { force: false });
    output.write("ours");
    writeFileSync(path, "theirs");
    expect(() => output.finish()).toThrow(/exists by now; add --force to replace it/);
    expect(readFileSync(path, "utf8")).toBe("theirs");
    const forced = openFileOutput(path, { force: true });
    forced.write("ours");
    forced.finish();
    expect(readFileSync(path, "utf8")).toBe("ours");
  });

  it("a link at the end of the path is refused, with --force too, whether it leads somewhere or nowhere", () => {
    const target = machine.file("target.csv", "mine");
    for (const [name, to] of [
      ["to-file.csv", target],
      ["to-nothing.csv", join(work, "made-by-a-link.csv")],
      ["to-itself.csv", join(work, "to-itself.csv")],
    ] as const) {
      const link = join(work, name);
      symlinkSync(to, link);
      for (const words of [["report"], ["export", "records"], ["keys", "create", "--name", name]]) {
        const { exitCode, stderr } = machine.run([...words, "--output", link, "--force"]);
        expect([exitCode, stderr]).toEqual([1, expect.stringContaining("is a symbolic link")]);
      }
    }
    expect(readFileSync(target, "utf8")).toBe("mine");
    expect(existsSync(join(work, "made-by-a-link.csv"))).toBe(false);
  });

  it("a link that takes the file's place while the output is made is replaced, never followed", () => {
    const target = machine.file("victim.csv", "mine");
    const path = join(work, "swapped.csv");
    const output = openFileOutput(path, { force: true });
    output.write("ours");
    symlinkSync(target, path);
    output.finish();
    expect([readFileSync(target, "utf8"), lstatSync(path).isFile()]).toEqual(["mine", true]);
  });

  it("a file with another name keeps its content under that name", () => {
    const path = machine.file("one-name.csv", "mine");
    linkSync(path, join(work, "other-name.csv"));
    expect(machine.run(["report", "--format", "csv", "--output", path, "--force"]).exitCode).toBe(0);
    expect(readFileSync(join(work, "other-name.csv"), "utf8")).toBe("mine");
  });

  it("keys and books can be read by their owner alone, whatever the mask", () => {
    const path = join(work, "key.json");
    expect(machine.run(["keys", "create", "--name", "secret", "--json", "--output", path]).exitCode).toBe(0);
    expect(mode(path)).toBe(0o600);
    for (const name of readdirSync(machine.folder).filter((name) => name.startsWith("book.db")))
      expect([name, mode(join(machine.folder, name))]).toEqual([name, 0o600]);
    chmodSync(path, 0o644);
    expect(machine.run(["keys", "rotate", "secret", "--json", "--output", path, "--force"]).exitCode).toBe(0);
    expect(mode(path)).toBe(0o600);
  });
});

describe("security S17: what is read", () => {
  it("an import changes nothing where it reads, and needs no right to write there", () => {
    const logs = join(work, "logs");
    mkdirSync(join(logs, "deep"), { recursive: true });
    writeFileSync(join(logs, "a.jsonl"), lines(recordForm({ id: "read-a" })));
    writeFileSync(join(logs, "deep", "b.jsonl.gz"), gzipSync(lines(recordForm({ id: "read-b" }))));
    for (const path of [join(logs, "a.jsonl"), join(logs, "deep", "b.jsonl.gz")]) chmodSync(path, 0o444);
    for (const path of [join(logs, "deep"), logs]) chmodSync(path, 0o555);
    const before = stateOf(logs);
    expect(machine.json(["import", "jsonl", logs])).toMatchObject({ sources: [{ new: 2 }], problem_count: 0 });
    expect(stateOf(logs)).toEqual(before);
    for (const path of [logs, join(logs, "deep")]) chmodSync(path, 0o755);
  });

  it("bad-input F190: archives are not unpacked: names with .., absolute ones and links in them lead nowhere", () => {
    const archive = machine.file(
      "logs.zip",
      zipSync({
        "../../escaped.jsonl": Buffer.from(lines(recordForm({ id: "escaped" }))),
        "/tmp/absolute-escape.jsonl": Buffer.from(lines(recordForm({ id: "absolute" }))),
        // A link, as zip files have them: its mode in the upper half of the attributes.
        link: [Buffer.from("/etc/passwd"), { os: 3, attrs: 0o120777 << 16 }],
      }),
    );
    const before = stateOf(machine.folder).filter((line) => !line.includes("book.db"));
    const { exitCode, stdout } = machine.run(["import", "jsonl", archive, "--json"]);
    expect([exitCode, JSON.parse(stdout).sources[0].new]).toEqual([0, 0]);
    expect(JSON.parse(stdout).problem_count).toBeGreaterThan(0);
    expect(stateOf(machine.folder).filter((line) => !line.includes("book.db"))).toEqual(before);
    expect(existsSync("/tmp/absolute-escape.jsonl")).toBe(false);
  });

  it("a compressed log that names another path in its head is read where it is", () => {
    const packed = Buffer.from(gzipSync(lines(recordForm({ id: "named-elsewhere" }))));
    // The flag for a file's name, and one that leads out.
    const head = Buffer.concat([
      packed.subarray(0, 3),
      Buffer.from([(packed[3] as number) | 8]),
      packed.subarray(4, 10),
      Buffer.from("../../escaped\0"),
    ]);
    const path = machine.file("named.jsonl.gz", Buffer.concat([head, packed.subarray(10)]));
    expect(machine.json(["import", "jsonl", path])).toMatchObject({ sources: [{ new: 1 }] });
    expect(existsSync(join(machine.folder, "..", "escaped"))).toBe(false);
  });

  it("a compressed log that unfolds to a thousand times its size is given up early, and told", () => {
    const path = machine.file("bomb.jsonl.gz", gzipSync(Buffer.alloc(400 << 20)));
    const good = machine.file("good.jsonl", lines(recordForm({ id: "beside-a-bomb" })));
    const { exitCode, stdout } = machine.run(["import", "jsonl", path, good, "--json"]);
    const { sources, problems } = JSON.parse(stdout) as { sources: { new: number }[]; problems: { file: string; reason: string }[] };
    expect([exitCode, sources[0]?.new]).toEqual([0, 1]);
    expect(problems).toEqual([
      expect.objectContaining({ file: path, reason: expect.stringContaining("unfolds to more than 100 times its size") }),
    ]);
  });

  it("after all this the book is sound", () => {
    expect(machine.run(["verify"]).exitCode).toBe(0);
  });
});
