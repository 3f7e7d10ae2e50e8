/** The dashboard as files: who gets which, in what form, and with which headers (security S15). */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { acceptsGzip, hasRepresentation } from "../../src/server/dashboard/conditions.ts";
import { PAGES } from "../../src/server/dashboard/page-paths.ts";
import { root } from "../house/repository.ts";
import { exchange, requestText } from "../server/http/raw-socket.ts";
import { type RunningGateway, runningGateway } from "../server/running-gateway.ts";
import { BUILT_PAGES } from "./built-pages.ts";

interface Reply {
  status: number;
  headers: Record<string, string | undefined>;
  body: Buffer;
}

/** As it comes: `fetch` would unpack it, and hide that it was packed. */
function ask(url: string, headers: Record<string, string> = {}, method = "GET"): Promise<Reply> {
  return new Promise((resolve, reject) => {
    request(url, { method, headers }, (response) => {
      const chunks: Buffer[] = [];
      response
        .on("data", (chunk: Buffer) => chunks.push(chunk))
        .on("end", () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers as Reply["headers"],
            body: Buffer.concat(chunks),
          }),
        );
    })
      .on("error", reject)
      .end();
  });
}

const VIEWS = ["/", ...PAGES.map((page) => `/${page}`)];
const DOCUMENT = readFileSync(join(BUILT_PAGES, "index.html"));

function builtFiles(): string[] {
  return readdirSync(BUILT_PAGES, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && !entry.name.endsWith(".gz"))
    .map((entry) => join(entry.parentPath, entry.name).slice(BUILT_PAGES.length).replaceAll("\\", "/"));
}

/** A folder of pages that a test can look at from outside. */
function madePages(files: Record<string, string | Buffer>): string {
  const folder = mkdtempSync(join(tmpdir(), "tokenledger-pages-"));
  mkdirSync(join(folder, "assets"));
  for (const [path, content] of Object.entries(files)) writeFileSync(join(folder, path), content);
  return folder;
}

describe("the built pages", () => {
  let gateway: RunningGateway;
  beforeAll(async () => {
    gateway = await runningGateway({ server: { pagesFolder: BUILT_PAGES } });
  });
  afterAll(() => gateway[Symbol.asyncDispose]());

  test("each view's path is the same document, whatever is below it", async () => {
    for (const path of [...VIEWS, "/requests/req_1", "/explore/", "/keys/a/b?team=core#x"]) {
      const { status, headers, body } = await ask(gateway.url + path);
      expect([path, status, headers["content-type"]]).toEqual([path, 200, "text/html; charset=utf-8"]);
      expect(body.equals(DOCUMENT), path).toBe(true);
    }
  });

  test("the server knows the views that the pages have, and no other", () => {
    const shown = readFileSync(join(root, "web", "src", "app", "views.ts"), "utf8");
    const paths = Array.from(shown.matchAll(/\bpath: "([^"]+)"/g), ([, path = ""]) => path);
    expect(paths.sort()).toEqual([...VIEWS].sort());
  });

  test("security S15: every page and every file has the policy, and what else keeps other sites out", async () => {
    const paths = [...VIEWS, ...builtFiles()];
    expect(paths.filter((path) => path.startsWith("/assets/")).length).toBeGreaterThan(5);
    for (const path of paths) {
      const { status, headers } = await ask(gateway.url + path);
      expect(status, path).toBe(200);
      expect(headers, path).toMatchObject({
        "content-security-policy":
          "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; object-src 'none'; " +
          "frame-ancestors 'none'; base-uri 'none'; form-action 'self'",
        "x-content-type-options": "nosniff",
        "x-frame-options": "DENY",
        "referrer-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
        vary: "accept-encoding",
      });
      expect(headers["permissions-policy"]).toMatch(/^(?:[a-z-]+=\(\)(?:, |$))+$/);
      expect(headers["set-cookie"]).toBeUndefined();
      expect(headers["access-control-allow-origin"]).toBeUndefined();
    }
  });

  test("what the name tells apart is kept for ever, the rest is asked for again", async () => {
    for (const path of builtFiles()) {
      const { headers } = await ask(gateway.url + path);
      const isAsset = path.startsWith("/assets/");
      expect(headers["cache-control"], path).toBe(isAsset ? "public, max-age=31536000, immutable" : "no-cache");
    }
  });

  test("all of them come compressed to who takes that, and are the same once unpacked", async () => {
    for (const path of builtFiles()) {
      const [plain, packed] = [await ask(gateway.url + path), await ask(gateway.url + path, { "accept-encoding": "br, gzip" })];
      expect(plain.headers["content-encoding"]).toBeUndefined();
      if (packed.headers["content-encoding"] === undefined) {
        // Compressed, it would be no smaller.
        expect(gzipSync(plain.body, { level: 9 }).length, path).toBeGreaterThanOrEqual(plain.body.length);
      } else {
        expect(packed.headers["content-encoding"]).toBe("gzip");
        expect(packed.body.length).toBeLessThan(plain.body.length);
        expect(gunzipSync(packed.body).equals(plain.body), path).toBe(true);
        expect(packed.headers.etag).not.toBe(plain.headers.etag);
      }
    }
  });

  test("who has it already gets 304 and no body, in the form that he has", async () => {
    const { headers } = await ask(`${gateway.url}/why`, { "accept-encoding": "gzip" });
    const etag = headers.etag ?? "";
    for (const known of [etag, `"other", W/${etag}`, "*"]) {
      const again = await ask(`${gateway.url}/why`, { "accept-encoding": "gzip", "if-none-match": known });
      expect([again.status, again.body.length, again.headers.etag]).toEqual([304, 0, etag]);
      expect(again.headers["content-length"]).toBeUndefined();
      expect(again.headers["content-security-policy"]).toContain("script-src 'self'");
      expect(again.headers["cache-control"]).toBe("no-cache");
    }
    expect((await ask(`${gateway.url}/why`, { "if-none-match": etag })).status).toBe(200);
    expect((await ask(`${gateway.url}/why`, { "accept-encoding": "gzip", "if-none-match": '"other"' })).status).toBe(200);
  });

  test("HEAD tells what GET would, without the body", async () => {
    for (const path of ["/", "/live", "/licences.txt"]) {
      const [got, told] = [await ask(gateway.url + path), await ask(gateway.url + path, {}, "HEAD")];
      expect([told.status, told.body.length]).toEqual([200, 0]);
      expect({ ...told.headers, date: "" }).toEqual({ ...got.headers, date: "" });
      expect(Number(told.headers["content-length"])).toBe(got.body.length);
    }
  });

  test.each(["POST", "PUT", "PATCH", "DELETE"])("%s is no method of a page: 405, and which are", async (method) => {
    for (const path of ["/", "/budgets", "/index.html", "/icon.svg"]) {
      const { status, headers, body } = await ask(gateway.url + path, {}, method);
      expect([status, headers.allow]).toEqual([405, "GET, HEAD"]);
      expect(headers["x-content-type-options"]).toBe("nosniff");
      expect(JSON.parse(body.toString())).toMatchObject({ error: { code: "method_not_allowed", message: "This path takes GET, HEAD." } });
    }
  });

  test("what is neither a page nor a file is the API's to refuse", async () => {
    for (const path of [
      "/nothing",
      "/Explore",
      "/explorer",
      "/assets",
      "/assets/",
      "/assets/index-00000000.js",
      "/index.html.gz",
      "/pages/index.html",
    ]) {
      const { status, headers, body } = await ask(gateway.url + path);
      expect([path, status, headers["content-type"], headers["cache-control"]]).toEqual([path, 404, "application/json", "no-store"]);
      expect(JSON.parse(body.toString())).toMatchObject({ error: { code: "not_found" } });
    }
  });

  test("no page stands in the way of the API, the gateway or the probes", async () => {
    expect((await ask(`${gateway.url}/health`)).headers["content-type"]).toBe("application/json");
    expect((await ask(`${gateway.url}/api/v1/session`)).headers["content-type"]).toBe("application/json");
    expect((await ask(`${gateway.url}/v1/models`)).headers["content-type"]).toBe("application/json");
    const document = JSON.parse((await ask(`${gateway.url}/api/v1/openapi.json`)).body.toString()) as { paths: Record<string, unknown> };
    const served = Object.keys(document.paths).map((path) => path.split("/")[1] ?? "");
    expect(served.filter((segment) => PAGES.includes(segment) || segment === "" || segment === "assets")).toEqual([]);
  });

  test.each([
    "/../package.json",
    "/assets/../index.html",
    "/assets/..%2f..%2fdashboard.js",
    "/assets/%2e%2e/index.html",
    "/%2e%2e%2f%2e%2e%2fpackage.json",
    "/..\\..\\package.json",
    "/assets/..%5c..%5cpackage.json",
    "/assets/..%c0%af..%c0%afpackage.json",
    "/assets/%252e%252e/package.json",
    "//etc/passwd",
    "/assets//etc/passwd",
    "/assets/%00index.html",
    "/index.html%00.js",
    "/./index.html",
    "/index.html/.",
    "/explore/../../../../etc/passwd",
    "file:///etc/passwd",
    "http://127.0.0.1/etc/passwd",
    "\\index.html",
    "/__proto__",
    "/constructor",
  ])("no way of writing %s leaves the folder", async (target) => {
    const { port } = new URL(gateway.url);
    const { text, statuses } = await exchange(Number(port), requestText({ target, headers: ["Connection: close"] }));
    expect(statuses).toHaveLength(1);
    expect(statuses[0]).toBeGreaterThanOrEqual(400);
    expect(statuses[0]).toBeLessThan(500);
    expect(text).not.toMatch(/root:|"name": "tokenledger"|<!doctype/i);
  });

  test.each([
    ["a script", '"><script>alert(1)</script>'],
    ["a path", "evil.example/x"],
    ["credentials", "user@evil.example"],
    ["nothing", ""],
    ["a port that is none", "127.0.0.1:99999"],
    ["two names", "127.0.0.1, evil.example"],
  ])("a host that is %s is refused before any page", async (_what, host) => {
    const { port } = new URL(gateway.url);
    const { statuses, text } = await exchange(Number(port), requestText({ target: "/", host, headers: ["Connection: close"] }));
    expect(statuses).toEqual([400]);
    expect(text).not.toContain("<");
  });

  test("another site's name for this machine gets the page, which says nothing of the name, and no figure", async () => {
    const headers = { host: "evil.example", "x-forwarded-host": "evil.example", "x-forwarded-proto": "https" };
    const page = await ask(`${gateway.url}/`, headers);
    expect([page.status, JSON.stringify(page.headers).includes("evil")]).toEqual([200, false]);
    expect(page.body.equals(DOCUMENT)).toBe(true);
    expect((await ask(`${gateway.url}/api/v1/session`, headers)).status).toBe(401);
  });

  test("pages need no key, also where everything else does; a wrong one changes nothing", async () => {
    await using closed = await runningGateway({
      config: { server: { host: "127.0.0.1", port: 0, auth: "always" } },
      server: { pagesFolder: BUILT_PAGES },
    });
    expect((await ask(`${closed.url}/api/v1/session`)).status).toBe(401);
    for (const headers of [{}, { authorization: "Bearer wrong" }, { cookie: "__Host-tokenledger=wrong" }])
      expect((await ask(`${closed.url}/keys`, headers as Record<string, string>)).status).toBe(200);
  });

  test("one connection serves pages, files and answers one after the other", async () => {
    const { port } = new URL(gateway.url);
    const targets = ["/", "/icon.svg", "/health", "/nothing", "/why"];
    const bytes = targets
      .map((target, i) => requestText({ target, headers: i === targets.length - 1 ? ["Connection: close"] : [] }))
      .join("");
    expect((await exchange(Number(port), bytes)).statuses).toEqual([200, 200, 200, 404, 200]);
  });
});

describe("a folder of pages", () => {
  test("is read when the server starts: what changes, appears or goes later is not served", async () => {
    const folder = madePages({ "index.html": "<p>first</p>", "assets/a-00000000.js": "1" });
    await using gateway = await runningGateway({ server: { pagesFolder: folder } });
    writeFileSync(join(folder, "index.html"), "<p>second</p>");
    writeFileSync(join(folder, "new.html"), "new");
    expect((await ask(`${gateway.url}/`)).body.toString()).toBe("<p>first</p>");
    expect((await ask(`${gateway.url}/new.html`)).status).toBe(404);
    expect((await ask(`${gateway.url}/assets/a-00000000.js`)).headers["content-type"]).toBe("text/javascript; charset=utf-8");
  });

  test("serves no link, and no file of a kind that it doesn't know", async () => {
    const folder = madePages({ "index.html": "<p>", "notes.md": "secret", ".env": "secret", "source.map": "secret" });
    symlinkSync("/etc/hostname", join(folder, "link.txt"));
    await using gateway = await runningGateway({ server: { pagesFolder: folder } });
    for (const path of ["/notes.md", "/.env", "/source.map", "/link.txt"]) expect((await ask(gateway.url + path)).status, path).toBe(404);
  });

  test("only names under assets/ with a digest are kept for ever", async () => {
    const folder = madePages({ "index.html": "<p>", "assets/plain.js": "1", "assets/a-0a1b2c3d.js": "1", "app-0a1b2c3d.js": "1" });
    await using gateway = await runningGateway({ server: { pagesFolder: folder } });
    const cached = async (path: string) => (await ask(gateway.url + path)).headers["cache-control"];
    expect(await cached("/assets/plain.js")).toBe("no-cache");
    expect(await cached("/app-0a1b2c3d.js")).toBe("no-cache");
    expect(await cached("/assets/a-0a1b2c3d.js")).toContain("immutable");
  });

  test("that is not there is said in a sentence; the API answers as ever", async () => {
    await using gateway = await runningGateway({ server: { pagesFolder: join(tmpdir(), "no-such-folder-of-pages") } });
    for (const path of VIEWS) {
      const { status, body } = await ask(gateway.url + path);
      expect(status).toBe(404);
      expect(JSON.parse(body.toString())).toMatchObject({
        error: {
          code: "no_dashboard",
          message: "This build of TokenLedger has no dashboard: its pages are made by npm run build. The API is under /api/v1.",
        },
      });
    }
    expect(gateway.server.hasDashboard).toBe(false);
    expect((await ask(`${gateway.url}/api/v1/session`)).status).toBe(200);
  });
});

test.each([
  [undefined, false],
  ["", false],
  ["identity", false],
  ["gzip", true],
  ["GZIP", true],
  ["x-gzip", true],
  ["deflate, gzip;q=0.5, br", true],
  ["gzip;q=0", false],
  ["gzip; q=0.000", false],
  ["*", true],
  ["*;q=0", false],
  ["*, gzip;q=0", false],
  ["gzip;q=nonsense", false],
  ["gzipped", false],
])("RFC 9110, 12.5.3: accept-encoding %j takes gzip: %s", (header, isTaken) => {
  expect(acceptsGzip(header)).toBe(isTaken);
});

test("RFC 9110, 13.1.2: if-none-match compares weakly, and knows lists and the star", () => {
  expect(hasRepresentation(undefined, '"a"')).toBe(false);
  expect(hasRepresentation('"a"', '"a"')).toBe(true);
  expect(hasRepresentation('W/"a"', '"a"')).toBe(true);
  expect(hasRepresentation('"b" ,"a"', '"a"')).toBe(true);
  expect(hasRepresentation("*", '"a"')).toBe(true);
  expect(hasRepresentation("a", '"a"')).toBe(false);
  expect(hasRepresentation('"aa"', '"a"')).toBe(false);
});
