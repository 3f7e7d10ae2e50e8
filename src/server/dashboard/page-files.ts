/** The built files of the dashboard: read once, when the server starts, so that no request's path ever reaches the disk. */
import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { extname, join, relative, sep } from "node:path";

export interface PageFile {
  contentType: string;
  /** Its name tells its content: it can be kept for ever. */
  isHashed: boolean;
  plain: Representation;
  /** Absent where compressing gains nothing. */
  gzip: Representation | undefined;
}

interface Representation {
  body: Uint8Array;
  /** Each has its own: they are not the same bytes. */
  etag: string;
}

/** By path, as requests have it: `/assets/index-1a2b.js`. */
export type PageFiles = ReadonlyMap<string, PageFile>;

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".txt": "text/plain; charset=utf-8",
  ".woff2": "font/woff2",
};
const COMPRESSED = ".gz";
const HASHED = /^\/assets\/.+-[0-9A-Za-z_-]{8}\.\w+$/;

/** Nothing where there is no such folder: the TypeScript compiler alone makes no pages. */
export async function readPageFiles(folder: string): Promise<PageFiles> {
  const bodies = new Map<string, Uint8Array>();
  // One after the other: a server that may open few files starts, too.
  for (const path of await filesIn(folder)) bodies.set(requestPath(folder, path), await readFile(path));
  const files = new Map<string, PageFile>();
  for (const [path, body] of bodies) {
    const contentType = CONTENT_TYPES[extname(path)];
    if (contentType === undefined) continue;
    const compressed = bodies.get(path + COMPRESSED);
    files.set(path, {
      contentType,
      isHashed: HASHED.test(path),
      plain: represented(body),
      gzip: compressed === undefined || compressed.byteLength >= body.byteLength ? undefined : represented(compressed),
    });
  }
  return files;
}

/** A link is no file: what is served lies in the folder itself. */
async function filesIn(folder: string): Promise<string[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true, recursive: true });
    return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}

function requestPath(folder: string, path: string): string {
  return `/${relative(folder, path).replaceAll(sep, "/")}`;
}

function represented(body: Uint8Array): Representation {
  return { body, etag: `"${createHash("sha256").update(body).digest("base64url").slice(0, 27)}"` };
}
