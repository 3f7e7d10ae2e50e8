/** What a server needs to start, and what it is once it runs. */
import type { Clock } from "../clock.ts";
import type { Config } from "../config/index.ts";
import type { Ledger } from "../ledger/index.ts";

export interface ServerOptions {
  /** The open book; it stays the caller's to close, after the server. */
  ledger: Ledger;
  config: Config;
  host: string;
  /** 0 takes a free one. */
  port: number;
  clock?: Clock;
  /** One line of what is worth knowing (a provider that fails, one that is back): never prompts, keys or headers. */
  log?: (line: string) => void;
}

export interface RunningServer {
  /** `http://127.0.0.1:4180`. */
  url: string;
  /** Takes no more calls, ends those under way, and settles them. The second call closes at once. */
  close(): Promise<void>;
}
