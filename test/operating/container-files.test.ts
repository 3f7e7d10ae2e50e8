/**
 * The container files, without a container: linters read them, and what they name must be there. What the image's build runs is run
 * in a fresh folder, and what it starts is started. Nothing here pulls an image or talks to Docker.
 */
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { DCLinter } from "dclint";
import { validate } from "dockerfile-utils";
import { afterAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { projectFiles, root } from "../house/repository.ts";

const text = (path: string): string => readFileSync(join(root, path), "utf8");
const manifest = JSON.parse(text("package.json")) as { dependencies: Record<string, string>; devDependencies: Record<string, string> };

interface Instruction {
  name: string;
  rest: string;
}

/** The instructions in their order; lines that go on are one. */
function instructions(): Instruction[] {
  const lines = text("Dockerfile")
    .replace(/^#.*\n/gm, "")
    .replace(/\\\n\s*/g, " ")
    .split("\n");
  return lines
    .filter((line) => line.trim() !== "")
    .map((line) => {
      const [name = "", ...rest] = line.trim().split(/\s+/);
      return { name, rest: rest.join(" ") };
    });
}

function stages(): Instruction[][] {
  const found: Instruction[][] = [];
  for (const instruction of instructions()) {
    if (instruction.name === "FROM") found.push([]);
    found.at(-1)?.push(instruction);
  }
  return found;
}

const [build = [], final = []] = stages();
const last = (name: string): string => final.findLast((instruction) => instruction.name === name)?.rest ?? "";
const wordsOf = (instruction: string): string[] => JSON.parse(instruction.replace(/^.*?CMD /, "")) as string[];

describe("the Dockerfile", () => {
  test("a linter finds nothing to say", () => {
    expect(validate(text("Dockerfile"))).toEqual([]);
  });

  test("both stages begin with one exact Node, which has SQLite built in", () => {
    const images = instructions().flatMap(({ name, rest }) => (name === "FROM" ? [rest.split(" ")[0] ?? ""] : []));
    expect(new Set(images).size).toBe(1);
    const [, major, minor] = /^node:(\d+)\.(\d+)\.\d+-[a-z]+-slim$/.exec(images[0] ?? "") ?? [];
    expect(Number(major) * 100 + Number(minor)).toBeGreaterThanOrEqual(2213);
  });

  test("every file that is copied is there, and let in by .dockerignore", () => {
    const allowed = text(".dockerignore")
      .split("\n")
      .filter((line) => line.startsWith("!"))
      .map((line) => line.slice(1));
    const copied = [...build, ...final].flatMap(({ name, rest }) =>
      name === "COPY" && !rest.startsWith("--from") ? rest.split(" ").slice(0, -1) : [],
    );
    expect(copied.length).toBeGreaterThan(4);
    expect(copied.filter((path) => !existsSync(join(root, path)))).toEqual([]);
    expect(copied.filter((path) => !allowed.includes(path))).toEqual([]);
    expect(allowed.filter((path) => !copied.includes(path))).toEqual([]);
  });

  test("no secret gets into a layer: everything is left out but what is named, and nothing is fetched or handed over while it builds", () => {
    expect(text(".dockerignore").split("\n")).toContain("*");
    expect(instructions().filter(({ name }) => name === "ARG" || name === "ADD")).toEqual([]);
    expect(instructions().filter(({ name, rest }) => name === "ENV" && /KEY|SECRET|PASSWORD|TOKEN(?!LEDGER)/.test(rest))).toEqual([]);
    const secret = projectFiles().filter((path) => /(?:^|\/)(?:\.env|.*\.env|.*\.pem|secrets\/.*)$/.test(path));
    expect(secret).toEqual([]);
  });

  test("install scripts never run, and what is installed is what the lock file names", () => {
    const installs = build.filter(({ name, rest }) => name === "RUN" && /\bnpm (?:ci|prune|install)\b/.test(rest));
    expect(installs.map(({ rest }) => rest)).toEqual([
      expect.stringMatching(/^npm ci --ignore-scripts /),
      expect.stringMatching(/npm prune --ignore-scripts /),
    ]);
    expect(final.filter(({ rest }) => /\bnpm\b/.test(rest))).toEqual([]);
  });

  test("it runs as nobody special, in a folder for the configuration, with a volume that only that user can read", () => {
    expect(last("USER")).toMatch(/^[1-9]\d*:[1-9]\d*$/);
    expect(last("WORKDIR")).toBe("/etc/tokenledger");
    const [volume = ""] = JSON.parse(last("VOLUME")) as string[];
    expect(last("ENV")).toContain(`sqlite://${volume}/book.db`);
    expect(final.find(({ rest }) => rest.includes("install --directory"))?.rest).toMatch(`--mode=0700 ${volume}`);
    const order = final.map(({ name }) => name);
    expect(order.indexOf("USER")).toBeGreaterThan(order.lastIndexOf("RUN"));
  });

  test("signals reach the program: no shell stands between", () => {
    for (const name of ["ENTRYPOINT", "CMD"]) expect(Array.isArray(JSON.parse(last(name)))).toBe(true);
    expect(last("STOPSIGNAL")).toBe("SIGTERM");
    expect(last("HEALTHCHECK")).not.toMatch(/curl|wget/);
  });
});

describe("the image's build, run in a fresh folder", () => {
  const folder = mkdtempSync(join(tmpdir(), "tokenledger-image-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const built = join(folder, "build");

  /** `COPY`, `WORKDIR` and `RUN` of the first stage, as Docker would take them. */
  function runBuild(): void {
    for (const { name, rest } of build) {
      const words = rest.split(" ");
      if (name === "WORKDIR") mkdirSync(built, { recursive: true });
      if (name === "COPY") {
        const into = join(built, words.at(-1) ?? "");
        for (const path of words.slice(0, -1)) {
          const isFolder = (words.at(-1) ?? "").endsWith("/");
          mkdirSync(isFolder ? into : dirname(into), { recursive: true });
          cpSync(join(root, path), isFolder ? join(into, path.split("/").at(-1) ?? "") : into, { recursive: true });
        }
      }
      if (name === "RUN") execFileSync("/bin/sh", ["-c", rest], { cwd: built, env: environment(), stdio: ["ignore", "ignore", "pipe"] });
    }
  }

  function environment(more: Record<string, string> = {}): Record<string, string> {
    const kept = Object.entries(process.env).filter(([name]) => /^(?:PATH|HOME|npm_config_.*)$/.test(name));
    return { ...(Object.fromEntries(kept) as Record<string, string>), npm_config_prefer_offline: "true", ...more };
  }

  test("makes a command with what runs, and nothing else", { timeout: 600_000 }, () => {
    runBuild();
    const lock = JSON.parse(text("package-lock.json")) as { packages: Record<string, { version: string; integrity: string }> };
    const installed = JSON.parse(readFileSync(join(built, "node_modules/.package-lock.json"), "utf8")) as typeof lock;
    const wanted = [...Object.keys(manifest.dependencies), "pg"].map((name) => `node_modules/${name}`);
    expect(wanted.filter((path) => installed.packages[path] === undefined)).toEqual([]);
    for (const [path, { version, integrity }] of Object.entries(installed.packages))
      expect([path, version, integrity]).toEqual([path, lock.packages[path]?.version, lock.packages[path]?.integrity]);
    expect(Object.keys(installed.packages).length).toBeLessThan(35);
    for (const name of ["typescript", "vite", "react"]) expect(existsSync(join(built, "node_modules", name)), name).toBe(false);
    expect(readdirSync(join(built, "dist"))).toContain("cli");
    expect(readdirSync(join(built, "dist/server/dashboard/pages"))).toContain("index.html");
  });

  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  const node = process.env.TOKENLEDGER_NODE24 ?? (major * 100 + minor >= 2213 ? process.execPath : undefined);

  test.skipIf(node === undefined)(
    "and the image's command serves, says that it is well, and ends with 0 when it is told to (where TOKENLEDGER_NODE24 names a Node with SQLite)",
    { timeout: 180_000 },
    async () => {
      // The files lie where the last stage puts them, below another root.
      const image = join(folder, "image");
      for (const { name, rest } of final) {
        const [from = "", to = ""] = rest.replace(/^--from=build /, "").split(" ");
        if (name === "COPY")
          cpSync(rest.startsWith("--from") ? join(folder, from) : join(root, from), join(image, to), { recursive: true });
      }
      const inImage = (word: string): string => (word.startsWith("/opt/") ? join(image, word) : word);
      const [, ...entry] = (JSON.parse(last("ENTRYPOINT")) as string[]).map(inImage);
      const work = join(image, "etc/tokenledger");
      mkdirSync(work, { recursive: true });
      writeFileSync(join(work, "tokenledger.yaml"), text("docs/operating/examples/tokenledger.yaml"));
      const env = environment({
        HOME: image,
        OPENAI_API_KEY: "key-of-a-test",
        ANTHROPIC_API_KEY: "key-of-a-test",
        TOKENLEDGER_DATABASE_URL: `sqlite://${join(image, "book.db")}`,
      });
      const words = [...entry, ...(JSON.parse(last("CMD")) as string[]), "--port", "0"];
      const server = spawn(node as string, words, { cwd: work, env, stdio: ["ignore", "pipe", "pipe"] });
      const ended = new Promise((resolve) => server.on("close", (code) => resolve(code)));
      let said = "";
      const port = await new Promise<string>((resolve, reject) => {
        server.stdout.on("data", (chunk) => {
          said += chunk;
          const found = /http:\/\/0\.0\.0\.0:(\d+)/.exec(said);
          if (found) resolve(found[1] as string);
        });
        server.stderr.on("data", (chunk) => {
          said += chunk;
        });
        void ended.then(() => reject(new Error(said)));
      });
      const health = (at: string): number | null => {
        const [, ...check] = wordsOf(last("HEALTHCHECK")).map((word) => word.replace(":4180", `:${at}`));
        return spawnSync(node as string, check, { env, timeout: 60_000 }).status;
      };
      expect(health(port)).toBe(0);
      server.kill("SIGTERM");
      expect(await ended).toBe(0);
      expect(health(port)).toBe(1);
    },
  );
});

interface Service {
  image?: string;
  ports?: string[];
  volumes?: string[];
  secrets?: string[];
  env_file?: string[];
  environment?: Record<string, string>;
  profiles?: string[];
  depends_on?: Record<string, unknown>;
  stop_grace_period?: string;
  init?: boolean;
}
interface Compose {
  services: Record<string, Service>;
  volumes: Record<string, unknown>;
  secrets: Record<string, { file: string }>;
}

describe("docker-compose.yaml", () => {
  const compose = parse(text("docker-compose.yaml"), { merge: true }) as Compose;
  const services = Object.entries(compose.services);
  const gateways = services.filter(([name]) => name.startsWith("gateway"));

  test("a linter finds nothing to say", () => {
    const results = new DCLinter({ rules: {}, quiet: false, debug: false, exclude: [] }).lintFiles(
      [join(root, "docker-compose.yaml")],
      false,
    );
    expect(results.flatMap((result: { messages: unknown[] }) => result.messages)).toEqual([]);
    expect(results.length).toBe(1);
  });

  test("one machine is one gateway; several are two before one database, behind a balancer", () => {
    const inProfile = (profile: string): string[] =>
      services.flatMap(([name, { profiles }]) => (profiles?.includes(profile) ? [name] : []));
    expect(inProfile("one-machine")).toEqual(["gateway"]);
    expect(inProfile("several-gateways")).toEqual(["balancer", "database", "gateway-a", "gateway-b"]);
    for (const page of ["one-machine", "several-gateways"])
      expect(text(`docs/operating/${page}.md`)).toContain(`docker compose --profile ${page} up --detach`);
  });

  test("no secret stands in it, images have exact versions, and ports are open to this machine alone", () => {
    for (const [name, { image, ports = [], environment = {} }] of services) {
      if (image !== undefined) expect(image).toMatch(/:\d+\.\d+/);
      for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:/);
      expect(
        Object.entries(environment).filter(([key, value]) => /PASSWORD|SECRET|API_KEY/.test(key) && !/_FILE$/.test(key) && value),
        name,
      ).toEqual([]);
      if (environment.TOKENLEDGER_DATABASE_URL !== undefined) expect(new URL(environment.TOKENLEDGER_DATABASE_URL).password).toBe("");
    }
  });

  test("what it mounts and reads is in the repository, or told by the docs how to be made", () => {
    const docs = text("docs/operating/one-machine.md") + text("docs/operating/several-gateways.md");
    const given = services.flatMap(([, { volumes = [], env_file = [] }]) => [
      ...volumes.map((volume) => volume.split(":")[0] ?? ""),
      ...env_file,
    ]);
    const files = [...given.filter((path) => !(path in compose.volumes)), ...Object.values(compose.secrets).map(({ file }) => file)];
    for (const path of files) expect(existsSync(join(root, path)) || docs.includes(path.replace("./", "")), path).toBe(true);
    for (const path of ["tokenledger.yaml", "tokenledger.env.example", "postgres.env.example"]) expect(docs).toContain(`examples/${path}`);
  });

  test("calls under way may finish: a container is given longer than the gateway takes to end", () => {
    for (const [, { stop_grace_period }] of gateways) expect(Number.parseInt(stop_grace_period ?? "", 10)).toBeGreaterThan(25);
    const unit = text("docs/operating/examples/tokenledger.service");
    expect(Number(/^TimeoutStopSec=(\d+)$/m.exec(unit)?.[1])).toBeGreaterThan(25);
  });

  test("ports and paths are those of the image and of the docs", () => {
    const port = last("EXPOSE");
    expect(text("src/cli/commands/serve.ts")).toContain(port);
    const volume = (JSON.parse(last("VOLUME")) as string[])[0];
    expect(compose.services.gateway?.volumes).toContain(`book:${volume}`);
    for (const [, { volumes = [] }] of gateways) expect(volumes).toContain(`./tokenledger.yaml:${last("WORKDIR")}/tokenledger.yaml:ro`);
    for (const [name, { ports = [] }] of services)
      for (const published of ports) {
        expect(published.endsWith(`:${port}`), name).toBe(true);
        expect(text("docs/operating/one-machine.md") + text("docs/operating/several-gateways.md")).toContain(published.split(":")[1]);
      }
    expect(text("docs/operating/examples/nginx.conf")).toContain(`listen ${port};`);
    expect(
      gateways.filter(([name]) => text("docs/operating/examples/nginx.conf").includes(`${name}:${port} `)).map(([name]) => name),
    ).toEqual(["gateway-a", "gateway-b"]);
  });
});

const UNIT_MS: Readonly<Record<string, number>> = { s: 1000, m: 60_000 };
function milliseconds(written: string | undefined): number {
  const [, amount, unit = ""] = /^(\d+)([sm])$/.exec(written ?? "") ?? [];
  return Number(amount) * (UNIT_MS[unit] ?? Number.NaN);
}

describe("what stands before the gateway", () => {
  /** How long the gateway waits for a provider's answer to begin, and to go on, unless it is configured otherwise. */
  const defaultOf = (key: string): number =>
    milliseconds(new RegExp(`\\| .providers\\.NAME\\.${key}. \\|.*\\| .(\\w+). \\|`).exec(text("docs/config.md"))?.[1]);
  const longestMs = Math.max(defaultOf("timeout"), defaultOf("idle_timeout"));
  const nginx = text("docs/operating/examples/nginx.conf");
  const caddy = text("docs/operating/examples/Caddyfile");
  const setting = (name: string): string | undefined => new RegExp(`^\\s*${name} ([^;\\n]+);?$`, "m").exec(nginx)?.[1];

  test("waits longer than the gateway waits for a provider, so that it is never the one that breaks a call off", () => {
    expect(milliseconds(setting("proxy_read_timeout"))).toBeGreaterThan(longestMs);
    expect(milliseconds(/response_header_timeout (\w+)/.exec(caddy)?.[1])).toBeGreaterThan(longestMs);
  });

  test("keeps no connection that the gateway closes", () => {
    const kept = /idleMs: (\d+)_000/.exec(text("src/server/http/listen.ts"))?.[1];
    expect(milliseconds(setting("keepalive_timeout"))).toBeLessThan(Number(kept) * 1000);
    expect(milliseconds(/keepalive (\w+)/.exec(caddy)?.[1])).toBeLessThan(Number(kept) * 1000);
  });

  test("hands streams on as they come, keeps no prompt, and never sends a call twice", () => {
    for (const name of ["proxy_buffering", "proxy_request_buffering", "proxy_cache", "gzip"])
      expect([name, setting(name)]).toEqual([name, "off"]);
    expect(caddy).toContain("flush_interval -1");
    expect(setting("proxy_next_upstream")).toBe("error timeout");
    expect(setting("proxy_http_version")).toBe("1.1");
  });

  const hasNginx = spawnSync("nginx", ["-v"]).status === 0;
  test.skipIf(!hasNginx)("nginx understands its file (where there is an nginx)", () => {
    const folder = mkdtempSync(join(tmpdir(), "tokenledger-nginx-"));
    const local = nginx.replaceAll(/gateway-[ab]:/g, "127.0.0.1:");
    writeFileSync(join(folder, "nginx.conf"), `pid ${folder}/pid;\nerror_log stderr;\nevents {}\nhttp {\naccess_log off;\n${local}\n}\n`);
    const { status, stderr } = spawnSync("nginx", ["-t", "-p", folder, "-c", join(folder, "nginx.conf")], { encoding: "utf8" });
    rmSync(folder, { recursive: true });
    expect([status, stderr]).toEqual([0, expect.stringContaining("syntax is ok")]);
  });

  const hasSystemd = spawnSync("systemd-analyze", ["--version"]).status === 0;
  test.skipIf(!hasSystemd)("systemd understands its unit (where there is a systemd)", () => {
    const folder = mkdtempSync(join(tmpdir(), "tokenledger-unit-"));
    const path = join(folder, "tokenledger.service");
    // The program must be there for the check; where it is installed is not this machine's.
    writeFileSync(path, text("docs/operating/examples/tokenledger.service").replace("/usr/bin/node", process.execPath));
    const { status, stderr } = spawnSync("systemd-analyze", ["verify", path], { encoding: "utf8" });
    rmSync(folder, { recursive: true });
    expect([status, stderr.split("\n").filter((line) => line.includes("tokenledger.service"))]).toEqual([0, []]);
  });

  test("every command line of the container files is one that the command has", () => {
    const unit = text("docs/operating/examples/tokenledger.service");
    const started = [(JSON.parse(last("CMD")) as string[]).join(" "), /^ExecStart=.*main\.js (.*)$/m.exec(unit)?.[1] ?? ""];
    for (const line of started) {
      const [command = "", ...options] = line.split(" ");
      const help = execFileSync(process.execPath, [join(root, "dist/cli/main.js"), command, "--help"], { encoding: "utf8" });
      for (const option of options.filter((word) => word.startsWith("--"))) expect(help).toContain(option);
    }
    expect(relative("/opt/tokenledger", (JSON.parse(last("ENTRYPOINT")) as string[])[1] ?? "")).toBe("dist/cli/main.js");
  });
});
