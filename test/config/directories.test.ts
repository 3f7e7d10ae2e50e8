import { describe, expect, test } from "vitest";
import { configDirectory, dataDirectory, defaultDatabaseUrl } from "../../src/config/index.ts";
import { sqlitePath } from "../../src/ledger/index.ts";

describe("where things are kept", () => {
  test.each([
    [
      { variables: {}, homeDirectory: "/home/ada", platform: "linux" },
      "/home/ada/.local/share/tokenledger",
      "/home/ada/.config/tokenledger",
    ],
    [
      { variables: { XDG_DATA_HOME: "/d", XDG_CONFIG_HOME: "/c" }, homeDirectory: "/home/ada", platform: "linux" },
      "/d/tokenledger",
      "/c/tokenledger",
    ],
    [
      { variables: { XDG_DATA_HOME: "relative" }, homeDirectory: "/home/ada", platform: "linux" },
      "/home/ada/.local/share/tokenledger",
      "/home/ada/.config/tokenledger",
    ],
    [
      { variables: {}, homeDirectory: "/Users/ada", platform: "darwin" },
      "/Users/ada/Library/Application Support/tokenledger",
      "/Users/ada/Library/Application Support/tokenledger",
    ],
    [
      { variables: { LOCALAPPDATA: "C:\\L", APPDATA: "C:\\R" }, homeDirectory: "C:\\Users\\ada", platform: "win32" },
      "C:\\L\\tokenledger",
      "C:\\R\\tokenledger",
    ],
    [
      { variables: {}, homeDirectory: "C:\\Users\\ada", platform: "win32" },
      "C:\\Users\\ada\\AppData\\Local\\tokenledger",
      "C:\\Users\\ada\\AppData\\Roaming\\tokenledger",
    ],
  ] as const)("%j", (machine, data, config) => {
    expect([dataDirectory(machine), configDirectory(machine)]).toEqual([data, config]);
  });

  test("the book's URL is absolute on every system", () => {
    expect(defaultDatabaseUrl({ variables: {}, homeDirectory: "/home/ada", platform: "linux" })).toBe(
      "sqlite:///home/ada/.local/share/tokenledger/tokenledger.db",
    );
    expect(defaultDatabaseUrl({ variables: {}, homeDirectory: "C:\\Users\\ada", platform: "win32" })).toBe(
      "sqlite:///C:/Users/ada/AppData/Local/tokenledger/tokenledger.db",
    );
  });

  test("a folder with characters that mean something in URLs is the same folder when the book is opened", () => {
    const url = defaultDatabaseUrl({ variables: { XDG_DATA_HOME: "/a b/100%/c#d?e" }, homeDirectory: undefined, platform: "linux" });
    expect(sqlitePath(url)).toBe("/a b/100%/c#d?e/tokenledger/tokenledger.db");
  });

  test.each([undefined, "", "not/absolute"])("bad-input A35: with HOME %j, one sentence says what to do", (home) => {
    expect(() => defaultDatabaseUrl({ variables: {}, homeDirectory: home, platform: "linux" })).toThrow(
      /HOME is not set; name a file with --db sqlite:\/\/\//,
    );
    expect(configDirectory({ variables: {}, homeDirectory: home, platform: "linux" })).toBeUndefined();
  });
});
