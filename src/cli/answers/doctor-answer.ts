/** What was found where, as a document and for people. */

import type { FoundSource } from "../found-sources.ts";
import type { Answer, ScreenStyle } from "../printing/answer.ts";
import { bytes, count } from "../printing/numbers.ts";
import { renderTable } from "../printing/table.ts";
import { escapeControls, wrap } from "../printing/text.ts";

export interface Diagnosis {
  schema: "tokenledger.doctor/1";
  version: string;
  node: string;
  platform: string;
  tz: string;
  config: { path: string | null; searched: string[] };
  book: BookState;
  prices: { version: string; bundled: number; own: number };
  sources: (FoundSource & { imported_files: number; requests: number })[];
  unpriced: { provider: string | null; model: string | null; requests: number }[];
  gateway: GatewayDiagnosis;
}

/** What a gateway on this book would be, and whether one is. */
export interface GatewayDiagnosis {
  /** Null where none serves the file, and on PostgreSQL, where any number may. */
  serving: { pid: number; host: string; url: string | null } | null;
  host: string;
  port: number;
  auth: "loopback" | "always";
  providers: { name: string; api: string | null; has_key: boolean }[];
  /** Virtual keys that are accepted now. */
  keys: number;
  webhooks: { budget: string; address: string; signed: boolean }[];
  warnings: string[];
}

export interface BookState {
  url: string;
  found: boolean;
  driver: string | null;
  requests: number;
  first: string | null;
  last: string | null;
  budgets: number;
  /** Why the book can't be read. */
  problem: string | null;
}

export function doctorAnswer(diagnosis: Diagnosis): Answer {
  return { document: diagnosis, screen: (style) => doctorScreen(diagnosis, style) };
}

const NARROWEST_FACT = 20;
const lengthOf = (text: string): number => text.length;

async function doctorScreen(diagnosis: Diagnosis, style: ScreenStyle): Promise<string> {
  const { config, prices, sources, unpriced } = diagnosis;
  const facts: [string, string][] = [
    ["tokenledger", `${diagnosis.version}, Node ${diagnosis.node}, ${diagnosis.platform}, ${diagnosis.tz}`],
    ["config", config.path ?? `none (looked for ${config.searched.join(", ")})`],
    ["book", bookLine(diagnosis.book)],
    ["gateway", gatewayLine(diagnosis.gateway, diagnosis.book.url)],
    ["prices", `${prices.version}: ${count(prices.bundled)} bundled, ${count(prices.own)} of your own`],
  ];
  const indent = facts[0]?.[0].length ?? 0;
  const lines = facts
    .map(([name, fact]) => {
      const told = wrap(escapeControls(fact), Math.max(NARROWEST_FACT, style.width - indent - 2), lengthOf);
      return `${style.dim(name.padEnd(indent))}  ${told.join(`\n${" ".repeat(indent + 2)}`)}`;
    })
    .join("\n");
  // What is there comes first: that is what most people look for.
  const rows = [...sources.filter(({ files }) => files > 0), ...sources.filter(({ files }) => files === 0)];
  const table = await renderTable(
    [
      { title: "source", align: "left", cells: rows.map(({ title }) => title) },
      { title: "files", align: "right", cells: rows.map(({ files }) => orDash(files, count)) },
      { title: "size", align: "right", dropOrder: 2, cells: rows.map((source) => orDash(source.bytes, bytes)) },
      { title: "imported", align: "right", dropOrder: 1, cells: rows.map((source) => orDash(source.imported_files, count)) },
      { title: "requests", align: "right", dropOrder: 3, cells: rows.map(({ requests }) => orDash(requests, count)) },
      { title: "looked in", align: "left", dropOrder: 4, cells: rows.map(({ roots }) => placesLooked(roots)) },
    ],
    style,
  );
  const without = unpriced.map(
    ({ provider, model, requests }) => `  ${escapeControls(`${provider ?? "(none)"}/${model ?? "(none)"}`)}: ${count(requests)}`,
  );
  const unpricedText = without.length > 0 ? `\n${style.warn("Requests without a known price:")}\n${without.join("\n")}\n` : "";
  const warnings = diagnosis.gateway.warnings.map((warning) => `${style.warn("warning:")} ${escapeControls(warning)}\n`).join("");
  return `${lines}\n\n${table}${unpricedText}${warnings === "" ? "" : `\n${warnings}`}`;
}

/** Zeros in every other cell hide the numbers that matter. */
const orDash = (value: number, shown: (value: number) => string): string => (value === 0 ? "–" : shown(value));

function bookLine({ url, found, driver, requests, first, last, budgets, problem }: BookState): string {
  const held = [
    `${count(requests)} requests`,
    ...(first === null ? [] : [`${first.slice(0, 10)} to ${last?.slice(0, 10)}`]),
    ...(budgets === 0 ? [] : [`${count(budgets)} ${budgets === 1 ? "budget" : "budgets"}`]),
  ];
  const state = problem ?? (found ? held.join(", ") : "not there yet");
  return `${url}${driver === null ? "" : ` (${driver})`}: ${state}`;
}

function gatewayLine({ serving, host, port, providers, keys, webhooks }: GatewayDiagnosis, bookUrl: string): string {
  const named = providers.map(({ name, has_key }) => (has_key ? name : `${name} (no key)`)).join(", ");
  // Gateways on PostgreSQL leave no note: any number may serve the book, on any machine.
  const none = bookUrl.startsWith("postgres") ? "on PostgreSQL any number may serve; one from here" : "none serves this file; it";
  const where = serving === null ? `${none} would be at ${host}:${port}` : `process ${serving.pid} at ${serving.url ?? serving.host}`;
  const parts = [
    where,
    named === "" ? "no provider configured" : named,
    `${count(keys)} ${keys === 1 ? "key" : "keys"}`,
    ...(webhooks.length === 0 ? [] : [`${count(webhooks.length)} ${webhooks.length === 1 ? "webhook" : "webhooks"}`]),
  ];
  return parts.join("; ");
}

/** The places that are there, else the first one that was looked for. */
function placesLooked(roots: readonly { path: string; found: boolean }[]): string {
  const found = roots.filter((root) => root.found).map(({ path }) => path);
  if (found.length > 0) return found.join(", ");
  const others = roots.length - 1;
  return `nothing in ${roots[0]?.path}${others === 0 ? "" : ` and ${others} more ${others === 1 ? "place" : "places"}`}`;
}
