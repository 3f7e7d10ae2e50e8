import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { discoverFiles } from "../../../src/importers/pipeline/discovery.ts";

const onPosix = process.platform !== "win32";
const isRoot = process.getuid?.() === 0;

describe("bad-input F184 and F185: what lies among the logs", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "tokenledger-discovery-"));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  const put = (name: string): string => {
    const path = join(folder, name);
    mkdirSync(join(path, ".."), { recursive: true });
    writeFileSync(path, "{}\n");
    return path;
  };
  const find = (...paths: string[]): ReturnType<typeof discoverFiles> =>
    discoverFiles(paths.length > 0 ? paths : [folder], (path) => path.endsWith(".jsonl"));

  test("acceptance H6: folders are walked to the bottom", () => {
    const paths = [put("a.jsonl"), put("b/c/d/e.jsonl")];
    put("b/other.txt");
    expect(find().files.map(({ path }) => path)).toEqual(paths);
    expect(find().notes).toEqual([]);
  });

  test.skipIf(!onPosix)("names with newlines, accents in both spellings, and 255 bytes", () => {
    const names = ["new\nline.jsonl", "é.jsonl", "e\u0301.jsonl", `${"n".repeat(249)}.jsonl`];
    names.forEach(put);
    expect(new Set(find().files.map(({ path }) => path))).toEqual(new Set(names.map((name) => join(folder, name))));
  });

  test.skipIf(process.platform !== "linux")(
    "bad-input F185: what has a name that is not UTF-8 is noted, not passed over in silence",
    () => {
      const nameOf = (rest: string): Buffer => Buffer.concat([Buffer.from(`${folder}/`), Buffer.from([0xff]), Buffer.from(rest)]);
      writeFileSync(nameOf(".jsonl"), "{}\n");
      writeFileSync(nameOf(".txt"), "");
      mkdirSync(nameOf("-folder"));
      const unreachable = ["\ufffd-folder", "\ufffd.jsonl"].map((name) => join(folder, name));
      expect(find()).toEqual({ files: [], notes: unreachable.map((file) => ({ file, reason: "its name is not UTF-8; rename it" })) });
    },
  );

  test("a file is found once, through however many links and paths", () => {
    const path = put("real/a.jsonl");
    symlinkSync(path, join(folder, "link.jsonl"));
    symlinkSync(join(folder, "real"), join(folder, "also"));
    symlinkSync(folder, join(folder, "real", "loop"));
    symlinkSync(join(folder, "itself"), join(folder, "itself"));
    const { files, notes } = find(folder, path, join(folder, "real"));
    expect(files).toHaveLength(1);
    expect(notes).toEqual([{ file: join(folder, "itself"), reason: "a link that leads to itself" }]);
  });

  test("a link to nothing is noted", () => {
    symlinkSync(join(folder, "gone"), join(folder, "a.jsonl"));
    expect(find()).toEqual({ files: [], notes: [{ file: join(folder, "a.jsonl"), reason: "a link to nothing" }] });
  });

  test.skipIf(!onPosix)("pipes, sockets and devices are passed over with a note", async () => {
    execFileSync("mkfifo", [join(folder, "pipe.jsonl")]);
    const server = createServer().listen(join(folder, "socket.jsonl"));
    await new Promise((resolve) => server.once("listening", resolve));
    symlinkSync("/dev/zero", join(folder, "zero.jsonl"));
    const { files, notes } = find();
    server.close();
    expect(files).toEqual([]);
    expect(notes.map(({ reason }) => reason)).toEqual(["a named pipe, not a file", "a socket, not a file", "a device, not a file"]);
  });

  test.skipIf(!onPosix || isRoot)("a folder that may not be read is passed over with a note (needs an ordinary user)", () => {
    put("closed/a.jsonl");
    const open = put("open.jsonl");
    chmodSync(join(folder, "closed"), 0);
    const { files, notes } = find();
    chmodSync(join(folder, "closed"), 0o700);
    expect(files.map(({ path }) => path)).toEqual([open]);
    expect(notes).toEqual([{ file: join(folder, "closed"), reason: "the folder can't be read: permission denied" }]);
  });

  test("a path that is a file is taken whatever its name, a path that is nothing is nothing", () => {
    expect(find(put("log.txt")).files).toHaveLength(1);
    expect(find(join(folder, "nowhere"))).toEqual({ files: [], notes: [] });
  });

  test("a database counts as changed when its journal grew", () => {
    const path = put("state.db");
    const [before] = discoverFiles([path], () => true).files;
    writeFileSync(`${path}-wal`, "more");
    const [after] = discoverFiles([path], () => true).files;
    expect(after?.size).toBe((before?.size ?? 0) + 4);
  });
});
