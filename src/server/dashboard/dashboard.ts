/** The dashboard's pages, as files: no figure is in them, so nobody needs a key for them. What they show they ask of the API. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { fileURLToPath } from "node:url";
import { answer } from "../http/answer.ts";
import { Refusal } from "../http/refusal.ts";
import { acceptsGzip, hasRepresentation } from "./conditions.ts";
import { type PageFile, type PageFiles, readPageFiles } from "./page-files.ts";
import { PAGE_HEADERS } from "./page-headers.ts";
import { isPage } from "./page-paths.ts";

/** Where the build puts them: beside this module. */
const BUILT_PAGES: string = fileURLToPath(new URL("./pages/", import.meta.url));
/** All pages are one document, which reads the address. */
const DOCUMENT = "/index.html";
const METHODS = "GET, HEAD";

export async function openDashboard(folder: string = BUILT_PAGES): Promise<Dashboard> {
  return new Dashboard(await readPageFiles(folder));
}

export class Dashboard {
  readonly #files: PageFiles;

  constructor(files: PageFiles) {
    this.#files = files;
  }

  /** False in a build that made no pages. */
  get isBuilt(): boolean {
    return this.#files.has(DOCUMENT);
  }

  has(path: string): boolean {
    return isPage(path) || this.#files.has(path);
  }

  /** Answers, or tells why not: where the method is none for pages, or this build has none. */
  answer(path: string, request: IncomingMessage, response: ServerResponse): Refusal | undefined {
    if (request.method !== "GET" && request.method !== "HEAD")
      return new Refusal(405, "method_not_allowed", `This path takes ${METHODS}.`, { headers: ["allow", METHODS] });
    const file = this.#files.get(isPage(path) ? DOCUMENT : path);
    if (file === undefined) return new Refusal(404, "no_dashboard", NO_PAGES);
    sendFile(file, request, response);
    return undefined;
  }
}

const NO_PAGES = "This build of TokenLedger has no dashboard: its pages are made by npm run build. The API is under /api/v1.";

function sendFile({ contentType, isHashed, plain, gzip }: PageFile, request: IncomingMessage, response: ServerResponse): void {
  const isCompressed = gzip !== undefined && acceptsGzip(request.headers["accept-encoding"]);
  const { body, etag } = isCompressed ? gzip : plain;
  const headers = [
    ...PAGE_HEADERS,
    ...["etag", etag, "vary", "accept-encoding"],
    ...["cache-control", isHashed ? "public, max-age=31536000, immutable" : "no-cache"],
  ];
  if (hasRepresentation(request.headers["if-none-match"], etag)) {
    answer(request, response, { status: 304, headers });
    return;
  }
  const encoding = isCompressed ? ["content-encoding", "gzip"] : [];
  answer(request, response, { status: 200, headers: ["content-type", contentType, ...encoding, ...headers], body });
}
