/** What is known of two names, in words. */
import { nameText } from "../../format/names.ts";
import type { Pair } from "./matrix.ts";

/** How a test came out. */
export function pText(p: number, letter = "p"): string {
  if (p < 0.001) return `${letter} < 0.001`;
  return `${letter} = ${p < 0.01 ? p.toFixed(3) : p.toFixed(2)}`;
}

export function signedNumber(value: number): string {
  const text = value.toFixed(2);
  return text === "-0.00" ? "0.00" : text.replace("-", "−");
}

/** `opus and haiku: r = 0.21 over 286 shared hours.` */
export function pairText({ a, b, r, overlap, reason, edge }: Pair, { by, bucket }: { by: string; bucket: string }): string {
  const both = `${nameText(a, by)} and ${nameText(b, by)}`;
  if (r === null) return `${both}: unknown. ${reason ?? ""}`.trim();
  const found = `${both}: r = ${signedNumber(r)} over ${overlap} shared ${bucket}${overlap === 1 ? "" : "s"}`;
  return edge?.significant === true ? `${found}, linked beyond the calendar (${pText(edge.q, "q")})` : found;
}

/** What remains of the correlation once trend and calendar are taken out. */
export function edgeText({ edge }: Pair): string {
  if (edge === null) return "Without trend and calendar nothing can be told of them.";
  const told = `r = ${signedNumber(edge.r)}, ${pText(edge.p)}, ${pText(edge.q, "q")}`;
  if (!edge.significant) return `Without trend and calendar: ${told}. That is not more than chance makes.`;
  return `Without trend and calendar: ${told}. ${edge.r > 0 ? "They rise and fall together." : "When the one rises, the other falls."}`;
}
