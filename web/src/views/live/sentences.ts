/** What happened, in a sentence, for events other than calls. */
import { dollars } from "../../format/amounts.ts";
import type { LiveEvent } from "./live-feed.ts";

export function sentenceOf({ kind, type, data }: LiveEvent): string {
  const text = (name: string): string => String(data[name] ?? "");
  switch (kind) {
    case "refusal":
      return [`${text("status")} ${text("reason")}`, ownerText(data)].filter(Boolean).join(", for ");
    case "alert":
      return `Budget ${text("budget")}${data.value === "" ? "" : ` (${text("value")})`}: ${alertText(data)}, ${spentText(data.spent_usd)} spent.`;
    case "change":
      return `${type === "budget" ? "Budget" : "Key"} ${text("name")} was ${text("action")} by ${text("actor")}.`;
    case "gap":
      return "Here some events are missing: the connection was away. What passed meanwhile is in the book.";
    default:
      return text("message");
  }
}

function ownerText(data: LiveEvent["data"]): string {
  return [data.team, data.project, data.user].filter((name) => typeof name === "string").join(" / ");
}

function alertText({ kind, threshold }: LiveEvent["data"]): string {
  if (kind === "overage") return "over its amount";
  return typeof threshold === "number" ? `reached ${threshold}%` : "reached a threshold";
}

function spentText(usd: unknown): string {
  return typeof usd === "string" ? dollars(usd) : "an unknown amount";
}
