/** Whose what is that providers keep: stored responses, batches. Of their names, the book has digests. */
import { createHash } from "node:crypto";
import type { WorkOwner } from "../store.ts";

/** The names of a call's owner that say whose its work is. */
export const WORK_OWNERS: readonly (keyof WorkOwner)[] = ["org", "team", "user", "project", "key"];

/** Longer than any provider keeps it; by then nobody asks any more. */
export const WORK_KEPT_MS: number = 400 * 86_400_000;

export function workDigest(externalId: string): Uint8Array {
  return createHash("sha256").update(externalId).digest();
}

/** @param row with the owner's names, null for those that it has not */
export function workOwnerOf(row: Readonly<Record<string, unknown>>, textOf: (stored: unknown) => string): WorkOwner {
  return Object.fromEntries(WORK_OWNERS.filter((name) => row[name] != null).map((name) => [name, textOf(row[name])]));
}
