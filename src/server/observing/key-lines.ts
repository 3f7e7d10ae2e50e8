/**
 * The figures of keys in Prometheus' text form, written here: there may be thousands of keys, and a library that knows every form takes
 * ten times as long for each line.
 */
import type { KeyFigures } from "./figures.ts";
import type { Series } from "./series.ts";

export function keyLines(keys: Series<KeyFigures>): string {
  let requests =
    "# HELP tokenledger_key_requests_total Recorded calls by the name of their virtual key; empty: without one, from this machine.\n";
  let tokens = "# HELP tokenledger_key_tokens_total Tokens by the name of the virtual key.\n";
  let spend = "# HELP tokenledger_key_spend_usd_total What calls have cost, in USD, by the name of the virtual key.\n";
  requests += "# TYPE tokenledger_key_requests_total counter\n";
  tokens += "# TYPE tokenledger_key_tokens_total counter\n";
  spend += "# TYPE tokenledger_key_spend_usd_total counter\n";
  for (const [name, figures] of keys.entries()) {
    const key = escaped(name);
    requests += `tokenledger_key_requests_total{key="${key}"} ${figures.requests}\n`;
    tokens += `tokenledger_key_tokens_total{key="${key}",kind="input"} ${figures.input}\n`;
    tokens += `tokenledger_key_tokens_total{key="${key}",kind="output"} ${figures.output}\n`;
    spend += `tokenledger_key_spend_usd_total{key="${key}"} ${figures.nanoUsd / 1e9}\n`;
  }
  return `${requests}\n${tokens}\n${spend}`;
}

/** Line ends are gone already: a label is one legible line. */
function escaped(label: string): string {
  return label.includes("\\") || label.includes('"') ? label.replaceAll("\\", "\\\\").replaceAll('"', '\\"') : label;
}
