/** The system's zone, without waking the runtime's calendar where the answer is plainly UTC. */
import { readlinkSync } from "node:fs";
import { resolveTimeZone } from "../usage/index.ts";

const UTC_NAMES: ReadonlySet<string> = new Set(["UTC", "Etc/UTC", "Etc/UCT", "UCT", "Zulu", "Universal"]);

/** Loading the calendar's data takes as long as all the rest of a small report. */
export function systemTimeZone(variables: Readonly<Record<string, string | undefined>>, platform: NodeJS.Platform): string {
  if (variables.TZ) return UTC_NAMES.has(variables.TZ) ? "UTC" : resolveTimeZone();
  return platform === "linux" && UTC_NAMES.has(zoneFileName()) ? "UTC" : resolveTimeZone();
}

function zoneFileName(): string {
  try {
    return readlinkSync("/etc/localtime").replace(/^.*\/zoneinfo\/(?:posix\/)?/, "");
  } catch {
    return "";
  }
}
