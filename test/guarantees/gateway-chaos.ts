/** Several gateways on one book are used by many clients, and killed at random, while a reader watches. */
import { join } from "node:path";
import type { BudgetDefinition } from "../../src/budget/index.ts";
import { priceBook } from "../../src/pricing/index.ts";
import { FORMAT_OF } from "../../src/providers/index.ts";
import { Chance, type ScriptedUpstream } from "../../src/testing/index.ts";
import { root } from "../house/repository.ts";
import { ask, type GatewayProcess, prepareBook, startGatewayProcess } from "./gateway-process.ts";
import { type Program, startProgram } from "./run-program.ts";

export interface GatewayChaos {
  book: string;
  config: string;
  folder: string;
  upstream: ScriptedUpstream;
  processes: number;
  inFlight: number;
  kills: number;
  capNanoUsd: bigint;
  /** So much of the cap is to be spent, in percent. */
  enoughPercent: number;
  withinMs: number;
  /** After enough is spent, so long at most until the caps have refused some. */
  refusalsWithinMs: number;
}

export interface GatewayChaosFigures {
  answered: number;
  refused: number;
  /** 503: the book was asked for too much at once. */
  unavailable: number;
  broken: number;
  kills: number;
  polls: number;
  violations: string[];
  odd: string[];
  exitCodes: (number | null)[];
  /** Whole replies that clients have, and what each was told to cost. */
  acknowledged: Map<string, string>;
  keys: string[];
  spentPercent: number;
  seconds: number;
}

const WANTED_REFUSALS = 50;

export async function useUntilKilled(chaos: GatewayChaos): Promise<GatewayChaosFigures> {
  const startMs = performance.now();
  const hard = { period: "lifetime", alerts: [50, 90, 100], enforcement: "block_requests", hard: true } as const;
  const budgets: BudgetDefinition[] = [
    { ...hard, name: "org", scope: { org: "acme" }, amountNanoUsd: chaos.capNanoUsd },
    { ...hard, name: "team", scope: { team: "*" }, amountNanoUsd: (chaos.capNanoUsd * 2n) / 5n },
    { ...hard, name: "key", scope: { key: "*" }, amountNanoUsd: chaos.capNanoUsd / 4n },
  ];
  const rules = [0, 1, 2, 3, 4].map((number) => ({ name: `key-${number}`, org: "acme", team: `team-${number % 3}` }));
  const keys = await prepareBook(chaos.book, { budgets, keys: [...rules, { name: "healthy" }] });
  const figures: GatewayChaosFigures = {
    answered: 0,
    refused: 0,
    unavailable: 0,
    broken: 0,
    kills: 0,
    polls: 0,
    violations: [],
    odd: [],
    exitCodes: [],
    acknowledged: new Map(),
    keys,
    spentPercent: 0,
    seconds: 0,
  };
  const start = (): Promise<GatewayProcess> => startGatewayProcess(chaos.folder, { book: chaos.book, config: chaos.config });
  const running = await Promise.all(Array.from({ length: chaos.processes }, start));
  const watcher = new Watcher(chaos.book);
  let isOver = false;
  let calls = 0;
  const chance = new Chance(11);
  const client = async (at: number): Promise<void> => {
    while (!isOver) {
      const id = `g1-${calls++}`;
      const { path, body } = drawnCall(chance, id);
      const headers = { "x-tokenledger-request-id": id };
      const reply = await ask((running[at] as GatewayProcess).url, keys[calls % 5] as string, body, { path, headers });
      if (reply?.status === 200) {
        figures.answered++;
        const costUsd = reply.headers.get("x-tokenledger-cost-usd");
        if (costUsd !== null) figures.acknowledged.set(id, costUsd);
      } else if (reply?.status === 402) figures.refused++;
      else if (reply?.status === 503) figures.unavailable++;
      else if (reply === undefined) figures.broken++;
      else figures.odd.push(`${path} was answered ${reply.status}: ${reply.body.slice(0, 200)}`);
      // Without a pause, clients that are refused would leave the others no processor.
      if (reply?.status !== 200) await new Promise((resolve) => setTimeout(resolve, chance.whole(5, 40)));
    }
  };
  const clients = running.flatMap((_, at) => Array.from({ length: chaos.inFlight }, () => client(at)));
  const enough = (Number(chaos.capNanoUsd) * chaos.enoughPercent) / 100;
  let enoughMs = Number.POSITIVE_INFINITY;
  for (;;) {
    const { spent } = watcher;
    figures.spentPercent = Math.round((100 * spent) / Number(chaos.capNanoUsd));
    const nowMs = performance.now();
    if (spent >= enough && figures.kills >= chaos.kills) enoughMs = Math.min(enoughMs, nowMs);
    // Then until the cap has refused some, and not for ever.
    if (nowMs > enoughMs && (figures.refused >= WANTED_REFUSALS || nowMs > enoughMs + chaos.refusalsWithinMs)) break;
    if (nowMs - startMs > chaos.withinMs) break;
    if (figures.kills < chaos.kills && spent >= ((figures.kills + 1) * enough) / (chaos.kills + 1)) {
      const at = figures.kills++ % running.length;
      await (running[at] as GatewayProcess).kill("SIGKILL");
      running[at] = await start();
    }
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  isOver = true;
  await Promise.all(clients);
  figures.exitCodes = await Promise.all(running.map((gateway) => gateway.kill("SIGTERM")));
  Object.assign(figures, await watcher.end());
  figures.seconds = Math.round((performance.now() - startMs) / 1000);
  return figures;
}

/** guarantee G1: used + reserved is never above the cap, in any committed state; looked at by a process that has nothing else to do. */
class Watcher {
  /** By the organisation. */
  spent = 0;
  readonly #program: Program;
  #polls = 0;
  readonly #violations: string[] = [];
  #rest = "";

  constructor(book: string) {
    this.#program = startProgram("watcher", [join(root, "dist/ledger/index.js"), book]);
    this.#program.child.stdout?.on("data", (chunk) => this.#read(String(chunk)));
  }

  #read(chunk: string): void {
    const lines = (this.#rest + chunk).split("\n");
    this.#rest = lines.pop() ?? "";
    for (const line of lines) {
      const { spent, violation, polls } = JSON.parse(line) as { spent?: number; violation?: string; polls?: number };
      this.spent = spent ?? this.spent;
      this.#polls = polls ?? this.#polls;
      if (violation !== undefined) this.#violations.push(violation);
    }
  }

  async end(): Promise<{ polls: number; violations: string[] }> {
    this.#program.child.kill("SIGTERM");
    const { complaint } = await this.#program.ended;
    if (complaint !== "") throw new Error(`the watcher failed: ${complaint}`);
    return { polls: this.#polls, violations: this.#violations };
  }
}

/** Of every format, whole and streamed, with one answer or several. */
function drawnCall(chance: Chance, id: string): { path: string; body: object } {
  const limit = chance.whole(5, 60);
  const stream = chance.happens(0.5) ? { stream: true } : {};
  const messages = [{ role: "user", content: `How many springs in ${id}?` }];
  const format = chance.weighted({ chat: 5, messages: 2, responses: 2, gemini: 2 });
  if (format === "chat")
    return { path: "/v1/chat/completions", body: { model: "gpt-4o", messages, max_tokens: limit, n: chance.whole(1, 2), ...stream } };
  if (format === "messages") return { path: "/v1/messages", body: { model: "claude-sonnet-4-5", messages, max_tokens: limit, ...stream } };
  if (format === "responses") return { path: "/v1/responses", body: { model: "gpt-4o", input: id, max_output_tokens: limit, ...stream } };
  const verb = "stream" in stream ? "streamGenerateContent?alt=sse" : "generateContent";
  const body = { contents: [{ role: "user", parts: [{ text: id }] }], generationConfig: { maxOutputTokens: limit } };
  return { path: `/v1beta/models/gemini-2.5-pro:${verb}`, body };
}

/** All that the upstream will bill. */
export function billNanoUsd(upstream: ScriptedUpstream): bigint {
  const book = priceBook();
  return upstream.calls.reduce((sum, { operation, model, tokens }) => {
    const cost = book.cost({ provider: FORMAT_OF[operation], model, tokens });
    if ("unpriced" in cost) throw new Error(`${model} has no price`);
    return sum + BigInt(cost.costNanoUsd);
  }, 0n);
}
