import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { EVENT_TYPES } from "../../src/server/observing/event-hub.ts";
import { CHAT, runningGateway } from "./running-gateway.ts";

const root = join(import.meta.dirname, "../..");

function page(name: string): string {
  return readFileSync(join(root, "docs", name), "utf8");
}

/** The first two cells of a table's rows. */
function rowsAfter(text: string, heading: RegExp): [string, string][] {
  const table = text.slice(text.search(heading));
  const rows = table.slice(table.indexOf("| --- |")).split("\n").slice(1);
  const end = rows.findIndex((row) => !row.startsWith("|"));
  return rows.slice(0, end).map((row) => {
    const [, first = "", second = ""] = row.split("|");
    return [first, second];
  });
}

function words(cell: string): string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map(([, word = ""]) => word);
}

const OBSERVABILITY = page("operating/observability.md");

test("docs/operating/observability.md lists every metric of a running server with its labels, and no other", async () => {
  await using gateway = await runningGateway({ providers: { openai: { api: "openai", apiKey: "sk-house", models: ["*"] } } });
  gateway.upstream.always({ text: "hello" });
  await gateway.post("/v1/chat/completions", CHAT);
  await gateway.post("/v1/chat/completions", { ...CHAT, model: "nobody-knows-1" });
  await gateway.post("/v1/chat/completions", "{");
  const text = await (await fetch(`${gateway.url}/metrics`)).text();
  const told = new Map<string, Set<string>>();
  for (const [, name = ""] of text.matchAll(/^# TYPE (\S+) /gm)) told.set(name, new Set());
  for (const [, sample = "", labels = ""] of text.matchAll(/^([a-z_]+)\{(.*)\} \S+$/gm)) {
    const series = told.get(sample) ?? told.get(sample.replace(/_(?:bucket|sum|count)$/, ""));
    for (const [, label = ""] of labels.matchAll(/([a-z]+)="/g)) if (label !== "le") series?.add(label);
  }
  const documented = rowsAfter(OBSERVABILITY, /\| metric \| labels \|/).map(([name, labels]) => [words(name)[0], words(labels).sort()]);
  const shown = [...told].map(([name, labels]) => [name, [...labels].sort()]);
  expect(shown.every(([, labels]) => labels !== undefined)).toBe(true);
  expect(documented.sort()).toEqual(shown.sort());
});

test("its examples for Prometheus are YAML, and ask for metrics that there are", () => {
  const blocks = [...OBSERVABILITY.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, block = ""]) => block);
  expect(blocks).toHaveLength(3);
  for (const block of blocks) expect(parse(block)).toBeTypeOf("object");
  const known = new Set(rowsAfter(OBSERVABILITY, /\| metric \| labels \|/).map(([name]) => words(name)[0]));
  const asked = [...(blocks[1] ?? "").matchAll(/tokenledger_[a-z_]+/g)].map(([name]) => name);
  expect(asked.length).toBeGreaterThan(3);
  for (const name of asked) expect(known).toContain(name);
});

test("it names every field of a line of the log, and no other", async () => {
  await using gateway = await runningGateway({
    config: { server: { host: "127.0.0.1", port: 0, auth: "loopback", log: "json", logsCalls: true } },
    providers: {
      openai: { api: "openai", apiKey: "sk-house", models: ["gpt-4o"], baseUrl: "http://127.0.0.1:9", fallback: "spare" },
      spare: { api: "openai", apiKey: "sk-house", models: [], defaultModel: "gpt-4o-mini" },
    },
  });
  const { key } = await gateway.ledger.keys.create("house", { org: "o", team: "t", user: "u", project: "p" });
  await gateway.post("/v1/chat/completions", CHAT, { authorization: `Bearer ${key}` });
  await gateway.post("/v1/chat/completions", "{", { authorization: `Bearer ${key}` });
  const written = new Set(gateway.log.flatMap((line) => Object.keys(JSON.parse(line))));
  const documented = new Set(rowsAfter(OBSERVABILITY, /\| field \| of \|/).flatMap(([fields]) => words(fields)));
  expect([...documented].sort()).toEqual([...written].sort());
});

test("its example of a line has the fields of a call, in their order", () => {
  const example = JSON.parse(/```json\n(.*)\n```/.exec(OBSERVABILITY)?.[1] ?? "") as object;
  const event = /data: (\{.*"type":"call".*\})/.exec(page("api/events.md"))?.[1] ?? "{}";
  const { schema: _schema, type: _type, at: _at, ...call } = JSON.parse(event) as Record<string, unknown>;
  expect(Object.keys(example).slice(3)).toEqual(Object.keys(call));
});

test("docs/api/events.md has a line for every type of event, and for how streams begin and end", () => {
  const documented = rowsAfter(page("api/events.md"), /\| event \| when \|/).map(([name]) => words(name)[0]);
  expect(documented).toEqual([...EVENT_TYPES, "gap", "end"]);
});

test("it names every attribute that a span may have", () => {
  const source = readFileSync(join(root, "src/server/observing/tracing.ts"), "utf8");
  const set = new Set([...source.matchAll(/"((?:gen_ai|tokenledger|error)\.[a-z_.]+)"/g)].map(([, name]) => name));
  const documented = rowsAfter(OBSERVABILITY, /\| attribute \| \|/).flatMap(([names]) => words(names));
  expect(set.size).toBeGreaterThan(10);
  expect(documented.sort()).toEqual([...set].sort());
});
