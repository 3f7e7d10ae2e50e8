/** The system's zone, without waking the runtime's calendar where the answer is plainly UTC. */
import { existsSync, readlinkSync } from "node:fs";
import { InvalidInput, quoteValue } from "../errors.ts";
import { resolveTimeZone } from "../usage/index.ts";

const UTC_NAMES: ReadonlySet<string> = new Set(["UTC", "Etc/UTC", "Etc/UCT", "UCT", "Zulu", "Universal"]);
const SYSTEM_FILE = "/etc/localtime";

/**
 * Loading the calendar's data takes as long as all the rest of a small report.
 *
 * @throws InvalidInput where the system's zone can't be told: days of another zone would be wrong figures.
 */
export function systemTimeZone(variables: Readonly<Record<string, string | undefined>>, platform: NodeJS.Platform): string {
  const { TZ } = variables;
  if (!TZ) return platform === "linux" && UTC_NAMES.has(zoneOfFile(SYSTEM_FILE)) ? "UTC" : zoneNamed(undefined, "The system's time zone");
  // The C library takes `:Europe/Berlin` and `:/etc/localtime`, too, and a file that isn't there as UTC.
  const written = TZ.replace(/^:/, "");
  if (written.startsWith("/") && !existsSync(written)) return "UTC";
  const name = written.startsWith("/") ? zoneOfFile(written) : written;
  return UTC_NAMES.has(name) ? "UTC" : zoneNamed(name, `The environment variable TZ, ${quoteValue(TZ)},`);
}

function zoneNamed(name: string | undefined, meant: string): string {
  try {
    return resolveTimeZone(name);
  } catch {
    throw new InvalidInput(`${meant} is not known here; give an IANA name such as Europe/Berlin, there or with --tz.`);
  }
}

/** `/usr/share/zoneinfo/Europe/Berlin`, or a link to it, as `Europe/Berlin`; empty where the file doesn't tell. */
function zoneOfFile(path: string): string {
  let target = path;
  try {
    target = readlinkSync(path);
  } catch {
    // No link: its own path may tell.
  }
  return /\/zoneinfo\/(?:posix\/)?(.+)/.exec(target)?.[1] ?? "";
}
