/** The commands, each with its line of help. */
import type { CommandEntry } from "./command-entry.ts";

export const COMMANDS: readonly CommandEntry[] = [
  { name: "import", summary: "read usage from agent logs, exports and files into the book", load: () => import("./commands/import.ts") },
  { name: "report", summary: "what was spent, by day, team, model and more", load: () => import("./commands/report.ts") },
  { name: "costs", summary: "what this month costs", load: () => import("./commands/costs.ts") },
  { name: "analyze", summary: "what the spending means: trend, rhythm, what stands out", load: () => import("./commands/analyze.ts") },
  { name: "forecast", summary: "what this month will cost, and which budgets will not last", load: () => import("./commands/forecast.ts") },
  { name: "explain", summary: "why two periods cost different amounts", load: () => import("./commands/explain.ts") },
  { name: "optimize", summary: "what could be saved: found, simulated, applied, proved", load: () => import("./commands/optimize.ts") },
  { name: "budget", summary: "what may be spent: list, set, status, check, backtest", load: () => import("./commands/budget.ts") },
  { name: "alerts", summary: "thresholds that budgets reached: list, acknowledge", load: () => import("./commands/alerts.ts") },
  { name: "serve", summary: "start the gateway: calls metered, limited, never overspent", load: () => import("./commands/serve.ts") },
  { name: "keys", summary: "keys for the gateway: create, list, rotate, revoke", load: () => import("./commands/keys.ts") },
  { name: "pricing", summary: "the price book: show, list, update, lint", load: () => import("./commands/pricing.ts") },
  { name: "reprice", summary: "price records again, as corrections", load: () => import("./commands/reprice.ts") },
  { name: "verify", summary: "prove that every sum in the book follows from its records", load: () => import("./commands/verify.ts") },
  { name: "doctor", summary: "what was found where on this machine", load: () => import("./commands/doctor.ts") },
  { name: "export", summary: "take the data out", load: () => import("./commands/export.ts") },
  { name: "schema", summary: "print the JSON Schema of a document", load: () => import("./commands/schema.ts") },
  { name: "completion", summary: "print a completion script for bash, zsh or fish", load: () => import("./commands/completion.ts") },
  { name: "demo", summary: "look around in the book of a sample company", load: () => import("./commands/demo.ts") },
];
