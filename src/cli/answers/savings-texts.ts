/** Words that all answers about savings share. */
import type { RuleScope } from "../../config/index.ts";
import { count, dollars } from "../printing/numbers.ts";
import { roughText } from "./amounts.ts";

/** `claude-opus-4-1 → claude-haiku-4-5` */
export function changeOf({ from, to }: { from: string; to: string }): string {
  return `${from} → ${to}`;
}

/** `$90 to $151`, cents where they matter. */
export function boundsText(low: string, high: string): string {
  return `${roughText(Number(low), "usd")} to ${roughText(Number(high), "usd")}`;
}

/** Percentages of documents count to a hundred. */
export function percentText(percent: number): string {
  return `${percent.toFixed(1)}%`;
}

export function requestsText(requests: number): string {
  return `${count(requests)} ${requests === 1 ? "request" : "requests"}`;
}

/** `team research, project storefront; team engineering` */
export function scopesText(scopes: readonly RuleScope[]): string {
  if (scopes.some((scope) => Object.keys(scope).length === 0)) return "all calls";
  return scopes.map(scopeText).join("; ");
}

function scopeText(scope: RuleScope): string {
  return Object.entries(scope)
    .map(([what, name]) => (name === "" ? `no ${what}` : `${what} ${name}`))
    .join(", ");
}

/** Money that may be unknown. */
export function dollarsOr(usd: string | null, otherwise: string): string {
  return usd === null ? otherwise : dollars(usd);
}
