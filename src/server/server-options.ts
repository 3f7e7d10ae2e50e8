/** What a server needs to start, and what it is once it runs. */
import type { Clock } from "../clock.ts";
import type { AppliedRule, Config } from "../config/index.ts";
import type { Ledger } from "../ledger/index.ts";
import type { UsageRecord } from "../usage/index.ts";

export interface ServerOptions {
  /** The open book; it stays the caller's to close, after the server. */
  ledger: Ledger;
  config: Config;
  host: string;
  /** 0 takes a free one. */
  port: number;
  clock?: Clock;
  /** In which days are cut where nobody asks for another zone. Default: the configuration's, else UTC. */
  timeZone?: string;
  /** One line of what is worth knowing (a provider that fails, one that is back): never prompts, keys or headers. */
  log?: (line: string) => void;
  /** `text`: sentences; `json`: one object a line, with its time. Default: the configuration's `server.log`, else text. */
  logFormat?: "text" | "json";
  /** Told in metrics, spans and the description of the API. */
  version?: string;
  /** The folder of the dashboard's built pages. Default: where the build puts them, inside the package. */
  pagesFolder?: string;
  /** Reads what a collector of traces posts, where the program can: absent, `/v1/traces` is not served. */
  readTraces?: ReadTraces;
  /** Where it is written down what is decided about spending: asked every few seconds, obeyed from then on, and changed over the API. Absent: `config.savings` stay in force. */
  savings?: SavingsFile;
}

export interface SavingsFile {
  /** As documents name it: without its folder. */
  name: string;
  /** What is in force by now, the oldest first. */
  read(): Promise<readonly AppliedRule[]>;
  /**
   * All of them or none.
   *
   * @param check told what is in force while no other process can change it; who throws here has changed nothing
   * @throws InvalidInput where one of them is in force already
   */
  add(rules: readonly AppliedRule[], check: (inForce: readonly AppliedRule[]) => void): Promise<void>;
  /** Answers what was taken out. */
  remove(which: (rule: AppliedRule) => boolean): Promise<readonly AppliedRule[]>;
}

/** One document of OTLP/JSON: the calls in it, and what could not be read. @throws InvalidInput where it is no such document */
export type ReadTraces = (document: unknown) => { records: UsageRecord[]; problems: string[] };

export interface RunningServer {
  /** Tells something of the program around the server, where the server tells its own. */
  note(note: { level: "info" | "warn"; kind: "start" | "end"; message: string }): void;
  /** `http://127.0.0.1:4180`. */
  url: string;
  /** Whether the dashboard's pages are at {@link url}: a build by the TypeScript compiler alone has none. */
  hasDashboard: boolean;
  /** Takes no more calls, ends those under way, and settles them. The second call closes at once. */
  close(): Promise<void>;
}
