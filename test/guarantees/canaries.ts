/** Texts that stand nowhere else, and where they were found although they should not have been. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";

/** Where something was looked for, and what stands there. */
export type Place = readonly [name: string, content: string];

const SHOWN_BEFORE = 60;
const SHOWN_AFTER = 20;

export function canary(name: string): string {
  return `canary-${name}-fedcba9876543210`;
}

/** All files below a folder, byte for byte. */
export function filesIn(folder: string, isMeant: (name: string) => boolean = () => true): Place[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => statSync(join(folder, name)).isFile() && isMeant(name))
    .map((name) => [name, readFileSync(join(folder, name), "latin1")]);
}

/** A line for each text that was found, with what stands around it. */
export function foundIn(places: readonly Place[], hidden: Readonly<Record<string, string>>): string[] {
  return places.flatMap(([place, content]) =>
    Object.entries(hidden).flatMap(([name, text]) => (content.includes(text) ? [`${name} in ${place}: …${around(content, text)}…`] : [])),
  );
}

function around(content: string, text: string): string {
  const at = content.indexOf(text);
  return content.slice(Math.max(0, at - SHOWN_BEFORE), at + SHOWN_AFTER).replaceAll(/[^ -~]/g, ".");
}
