/** Small JSON documents that are rewritten in place: read whole, because any part of them may have changed. */
import { closeSync, fstatSync, openSync, readFileSync, readSync } from "node:fs";
import type { ImportSink } from "../importer.ts";
import { parseValues } from "./json-lines.ts";

const BYTE_ORDER_MARK = 0xfeff;

/** A larger document is passed over: parsing it would take several times its size in memory. */
const MAX_DOCUMENT_BYTES: number = 32 << 20;

/**
 * The JSON values of a file: one, or several where documents stand one after another. A byte-order mark and NUL bytes
 * around them are dropped. An empty file has none; one that is too large or no JSON is a problem.
 */
export function readJsonDocument(path: string, sink: ImportSink, maxBytes: number = MAX_DOCUMENT_BYTES): unknown[] {
  const text = documentText(path, maxBytes);
  if (text === undefined) {
    sink.problem(0, `is larger than the ${maxBytes >> 20} MiB that are read of a JSON document`);
    return [];
  }
  if (text === "") return [];
  try {
    return parseValues(text);
  } catch {
    sink.problem(0, "is not a whole JSON document (it may still be being written)");
    return [];
  }
}

/** A file beside the one being read that may tell more; undefined where it is absent or unusable, which is no problem. */
export function readCompanionDocument(path: string): unknown {
  try {
    return JSON.parse(readCompanionText(path) ?? "");
  } catch {
    return undefined;
  }
}

/** The text of a file beside the one being read, or undefined. */
export function readCompanionText(path: string): string | undefined {
  try {
    return documentText(path, MAX_DOCUMENT_BYTES);
  } catch {
    return undefined;
  }
}

const HEAD_BYTES = 256 << 10;

/** The first lines of a file beside the one being read; empty where it is absent. */
export function readCompanionHead(path: string): string {
  let descriptor: number | undefined;
  try {
    descriptor = openSync(path, "r");
    const head = Buffer.alloc(HEAD_BYTES);
    return head.toString("utf8", 0, readSync(descriptor, head, 0, HEAD_BYTES, 0));
  } catch {
    return "";
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

function documentText(path: string, maxBytes: number): string | undefined {
  const descriptor = openSync(path, "r");
  try {
    if (fstatSync(descriptor).size > maxBytes) return undefined;
    return trimmed(readFileSync(descriptor, "utf8"));
  } finally {
    closeSync(descriptor);
  }
}

/** Without what programs and crashes leave around a document. By hand, because a regular expression takes quadratic time here. */
function trimmed(text: string): string {
  const isPadding = (index: number): boolean => text.charCodeAt(index) <= 32 || text.charCodeAt(index) === BYTE_ORDER_MARK;
  let start = 0;
  let end = text.length;
  while (start < end && isPadding(start)) start++;
  while (end > start && isPadding(end - 1)) end--;
  return text.slice(start, end);
}
