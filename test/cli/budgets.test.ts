/** Budgets from outside: set, spent, told of, enforced. */
import { createHmac } from "node:crypto";
import { readFileSync, unlinkSync } from "node:fs";
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openLedger } from "../../src/ledger/index.ts";
import { type Finished, Machine, recordForm } from "./run-command.ts";

interface BudgetJson {
  name: string;
  value: string | null;
  spent_usd: string;
  utilization_pct: number;
  zone: string;
  exceeded: boolean;
  alerts: { threshold: number; triggered_at: string | null }[];
}

const statusOf = (machine: Machine, env: Record<string, string> = {}): BudgetJson[] =>
  JSON.parse(machine.run(["budget", "status", "--json"], { env }).stdout).budgets;

const openAlerts = (machine: Machine): number[] =>
  JSON.parse(machine.run(["alerts", "list", "--open", "--json"]).stdout).alerts.map(({ threshold }: { threshold: number }) => threshold);

function spend(machine: Machine, usd: string, fields: Record<string, unknown> = {}): Finished {
  return machine.importRecords([recordForm({ timestamp: "2026-02-05T10:00:00Z", team: "engineering", cost_usd: usd, ...fields })]);
}

const ENGINEERING = ["budget", "set", "engineering", "--team", "engineering", "--amount", "500", "--period", "monthly"];

describe("acceptance G11: a monthly budget of 500 with alerts at 50, 75 and 90", () => {
  it("tells of each threshold once, enforces at 500 and never before, and begins anew next month", () => {
    const machine = new Machine();
    machine.run([...ENGINEERING, "--alerts", "50,75,90", "--enforcement", "rate_limit"]);
    const steps = [
      { usd: "249.99", spent: "249.99", alerts: [], zone: "green", check: 0 },
      { usd: "0.01", spent: "250", alerts: [50], zone: "green", check: 0 },
      { usd: "125", spent: "375", alerts: [75, 50], zone: "green", check: 0 },
      { usd: "75", spent: "450", alerts: [90, 75, 50], zone: "yellow", check: 0 },
      { usd: "50", spent: "500", alerts: [90, 75, 50], zone: "yellow", check: 3 },
      { usd: "0.01", spent: "500.01", alerts: [90, 75, 50], zone: "red", check: 3 },
    ];
    for (const { usd, spent, alerts, zone, check } of steps) {
      const path = machine.file(
        "records.jsonl",
        `${JSON.stringify(recordForm({ timestamp: "2026-02-05T10:00:00Z", team: "engineering", cost_usd: usd }))}\n`,
      );
      machine.run(["import", "jsonl", path]);
      machine.run(["import", "jsonl", path]);
      expect(statusOf(machine)).toMatchObject([{ name: "engineering", spent_usd: spent, zone, exceeded: check === 3 }]);
      expect(openAlerts(machine)).toEqual(alerts);
      const checked = machine.run(["budget", "check", "engineering"]);
      expect(checked.exitCode).toBe(check);
      if (check === 3) expect(checked.stdout).toContain("calls are refused until 2026-03-01");
    }
    const march = { TOKENLEDGER_NOW: "2026-03-02T12:00:00Z" };
    expect(statusOf(machine, march)).toMatchObject([{ spent_usd: "0", zone: "green", alerts: [{ triggered_at: null }, {}, {}] }]);
    const path = machine.file(
      "march.jsonl",
      `${JSON.stringify(recordForm({ timestamp: "2026-03-02T10:00:00Z", team: "engineering", cost_usd: "260" }))}\n`,
    );
    machine.run(["import", "jsonl", path], { env: march });
    expect(statusOf(machine, march)).toMatchObject([
      { spent_usd: "260", alerts: [{ threshold: 50, triggered_at: "2026-03-02T12:00:00.000Z" }, {}, {}] },
    ]);
    expect(openAlerts(machine)).toEqual([50, 90, 75, 50]);
    expect(machine.run(["verify"]).exitCode).toBe(0);
  });

  it("without alerts it is enforced all the same; a program that knows only the book is held to it", async () => {
    const machine = new Machine();
    machine.run([...ENGINEERING, "--enforcement", "block_requests"]);
    spend(machine, "499");
    const clock = { now: () => Date.parse("2026-02-10T12:00:00Z"), monotonic: () => performance.now() };
    const ledger = await openLedger(machine.book, { clock });
    const call = (requestId: string, costUsd: string) =>
      ledger.reserve({ requestId, provider: "openai", model: "gpt-4o", scope: { team: "engineering" }, estimate: { costUsd } });
    await expect(call("too-dear", "1.01")).rejects.toMatchObject({ code: "BUDGET_EXCEEDED", breaches: [{ budget: "engineering" }] });
    const reservation = await call("fits", "1");
    expect(statusOf(machine)).toMatchObject([{ spent_usd: "499", reserved_usd: "1", exceeded: true }]);
    await reservation.settle({ costUsd: "0.75" });
    await ledger.close();
    expect(statusOf(machine)).toMatchObject([{ spent_usd: "499.75", reserved_usd: "0", exceeded: false }]);
    expect(machine.run(["verify"]).exitCode).toBe(0);
  });

  it("several imports at once tell of a threshold once", async () => {
    const machine = new Machine();
    machine.run([...ENGINEERING, "--alerts", "50"]);
    const files = Array.from({ length: 6 }, (_, i) =>
      machine.file(
        `part-${i}.jsonl`,
        `${JSON.stringify(recordForm({ timestamp: "2026-02-05T10:00:00Z", team: "engineering", cost_usd: "60" }))}\n`,
      ),
    );
    const imports = files.map((file) => machine.start(["import", "jsonl", file]));
    const codes = await Promise.all(imports.map((child) => new Promise((resolve) => child.on("close", resolve))));
    expect(codes).toEqual(files.map(() => 0));
    expect(statusOf(machine)).toMatchObject([{ spent_usd: "360" }]);
    expect(openAlerts(machine)).toEqual([50]);
  });
});

describe("budget set", () => {
  it("changes only what is given, and takes away what is given as empty", () => {
    const machine = new Machine();
    const definition = (...words: string[]): unknown => {
      const { stdout, stderr } = machine.run(["budget", "set", "b", ...words, "--json"]);
      if (stdout === "") throw new Error(stderr);
      return JSON.parse(stdout);
    };
    expect(
      definition("--amount", "12.50", "--period", "weekly", "--week-start", "sunday", "--user", "*", "--alerts", "50,90"),
    ).toMatchObject({
      schema: "tokenledger.budget-definitions/1",
      change: "created",
      budgets: [
        {
          name: "b",
          amount_usd: "12.5",
          week_start: "sunday",
          scope: { user: "*" },
          enforcement: "notify_only",
          hard: false,
          defined_in: "command",
        },
      ],
    });
    expect(definition("--enforcement", "block_requests")).toMatchObject({
      change: "changed",
      budgets: [{ amount_usd: "12.5", hard: true, alerts: [50, 90] }],
    });
    expect(definition("--enforcement", "block_requests")).toMatchObject({ change: "unchanged" });
    expect(definition("--window", "36h", "--alerts", "", "--user", "")).toMatchObject({
      budgets: [{ period: null, window_seconds: 129_600, alerts: [], scope: {}, week_start: "monday" }],
    });
    expect(definition("--override", "80", "--until", "2026-03-01", "--time-zone", "Europe/Berlin")).toMatchObject({
      budgets: [{ override: { amount_usd: "80", until: "2026-02-28T23:00:00.000Z" } }],
    });
    expect(definition("--override", "", "--shadow", "--max-tokens", "5000")).toMatchObject({
      budgets: [{ override: null, shadow: true, max_tokens: 5000 }],
    });
    expect(definition("--no-shadow", "--amount", "")).toMatchObject({ budgets: [{ shadow: false, amount_usd: null, max_tokens: 5000 }] });
    expect(definition("--hard", "--enforcement", "rate_limit", "--clamp")).toMatchObject({
      budgets: [{ clamp: true, stream_overrun: "cut" }],
    });
    expect(definition("--soft")).toMatchObject({ budgets: [{ hard: false, clamp: false, stream_overrun: "finish" }] });
    expect(definition("--stream-overrun", "cut")).toMatchObject({ budgets: [{ stream_overrun: "cut" }] });
    expect(definition("--enforcement", "notify_only")).toMatchObject({ budgets: [{ stream_overrun: "finish" }] });
    expect(machine.run(["budget", "remove", "b"])).toMatchObject({ exitCode: 0, stdout: '"b" is removed.\n' });
    expect(machine.run(["budget", "list"]).exitCode).toBe(4);
  });

  it("counts at once what its window holds already, each value by itself where it says so", () => {
    const machine = new Machine();
    machine.importRecords([
      recordForm({ timestamp: "2026-02-10T01:00:00Z", user: "ada", cost_usd: "3" }),
      recordForm({ timestamp: "2026-02-10T02:00:00Z", user: "bruno", cost_usd: "6" }),
      recordForm({ timestamp: "2026-02-09T23:59:59Z", user: "ada", cost_usd: "9" }),
      recordForm({ timestamp: "2026-02-10T02:00:00Z", cost_usd: "50" }),
    ]);
    machine.run(["budget", "set", "per-user", "--user", "*", "--amount", "5", "--period", "daily"]);
    expect(statusOf(machine)).toMatchObject([
      { value: "ada", spent_usd: "3", exceeded: false },
      { value: "bruno", spent_usd: "6", exceeded: true },
    ]);
    const { exitCode, stdout } = machine.run(["budget", "check"]);
    expect(exitCode).toBe(3);
    expect(stdout).toContain("per-user (bruno): $6.00 of $5.00 spent until 2026-02-11; calls still pass.");
    expect(stdout).not.toContain("ada");
  });

  it("a webhook's secret comes from the environment, and is shown nowhere", () => {
    const machine = new Machine();
    const words = [...ENGINEERING, "--webhook", "http://127.0.0.1:9/hook/secret-path", "--webhook-secret-env", "HOOK"];
    expect(machine.run(words)).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('"HOOK" names an environment variable that is not set'),
    });
    const { stdout } = machine.run([...words, "--json"], { env: { HOOK: "sixteen-characters-and-more" } });
    expect(JSON.parse(stdout).budgets).toMatchObject([{ webhook: "http://127.0.0.1:9", webhook_signed: true }]);
    for (const text of [stdout, machine.run(["budget", "list", "--json"]).stdout]) expect(text).not.toMatch(/sixteen|secret-path/);
  });
});

describe("alerts", () => {
  it("an acknowledged one is no longer open, and can't be acknowledged twice", () => {
    const machine = new Machine();
    machine.run([...ENGINEERING, "--alerts", "50,75"]);
    spend(machine, "400");
    const { alerts } = machine.json(["alerts", "list"]) as unknown as { alerts: { id: number }[] };
    expect(alerts).toMatchObject([
      {
        budget: "engineering",
        kind: "threshold",
        threshold: 75,
        spent_usd: "400",
        acknowledged_at: null,
        delivery: null,
        window: { start: "2026-02-01T00:00:00.000Z" },
      },
      { threshold: 50 },
    ]);
    expect(machine.run(["alerts", "ack", String(alerts[0]?.id)]).stdout).toBe("1 alert acknowledged.\n");
    expect(openAlerts(machine)).toEqual([50]);
    expect(machine.json(["alerts", "ack", "--all"])).toMatchObject({ schema: "tokenledger.alerts/1", acknowledged: 1 });
    expect(machine.json(["alerts", "ack", "--all"])).toMatchObject({ acknowledged: 0 });
    expect(machine.run(["alerts", "list", "--open"])).toMatchObject({ exitCode: 4, stderr: "No alert is open.\n" });
    expect(machine.run(["alerts", "list"]).stdout).toContain("acknowledged");
  });
});

describe("webhooks", () => {
  const SECRET = "sixteen-characters-and-more";

  async function ended(machine: Machine, words: readonly string[]): Promise<{ exitCode: unknown; stdout: string }> {
    const child = machine.start(words);
    let stdout = "";
    child.stdout?.on("data", (chunk) => {
      stdout += chunk;
    });
    return { exitCode: await new Promise((resolve) => child.on("close", resolve)), stdout };
  }

  const line = (usd: string): string =>
    `${JSON.stringify(recordForm({ timestamp: "2026-02-05T10:00:00Z", team: "engineering", cost_usd: usd }))}\n`;

  it("an import posts what it set off, signed; while nobody answers it neither fails nor waits, and alerts deliver tries again", async () => {
    const posts: { headers: IncomingHttpHeaders; body: string }[] = [];
    let status = 500;
    const server = createServer((request, response) => {
      let body = "";
      request.on("data", (chunk) => {
        body += chunk;
      });
      request.on("end", () => {
        if (status === 200) posts.push({ headers: request.headers, body });
        response.writeHead(status).end();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    try {
      const machine = new Machine();
      const webhook = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
      const words = [...ENGINEERING, "--alerts", "50,75", "--webhook", webhook, "--webhook-secret-env", "HOOK"];
      expect(machine.run(words, { env: { HOOK: SECRET } }).exitCode).toBe(0);
      const first = machine.file("first.jsonl", line("260"));
      expect((await ended(machine, ["import", "jsonl", first])).exitCode).toBe(0);
      expect(machine.json(["alerts", "list"]).alerts).toMatchObject([{ threshold: 50, delivery: { attempts: 1, delivered_at: null } }]);
      const shown = machine.run(["alerts", "list"]).stdout;
      expect(shown).toMatch(/open, not delivered\n/);
      expect(shown).toMatch(/\nAlert 1 is not delivered: the receiver answered 500\.\n$/);
      expect(machine.run(["budget", "list"]).stdout).toContain(new URL(webhook).origin);

      status = 200;
      const second = machine.file("second.jsonl", line("120"));
      expect((await ended(machine, ["import", "jsonl", second])).exitCode).toBe(0);
      expect(posts).toHaveLength(1);
      const { headers, body } = posts[0] as (typeof posts)[number];
      const signed = `${headers["webhook-id"]}.${headers["webhook-timestamp"]}.${body}`;
      expect(headers["webhook-signature"]).toBe(`v1,${createHmac("sha256", SECRET).update(signed).digest("base64")}`);
      expect(body).toContain("75");
      expect(machine.json(["alerts", "list"]).alerts).toMatchObject([
        { threshold: 75, delivery: { last_error: null, next_attempt_at: null } },
        { threshold: 50, delivery: { delivered_at: null } },
      ]);
      const delivery = await ended(machine, ["alerts", "deliver", "--json"]);
      expect(JSON.parse(delivery.stdout)).toEqual({ schema: "tokenledger.alert-delivery/1", delivered: 0, failed: 0 });
    } finally {
      server.close();
    }
  });
});

describe("the configuration's budgets", () => {
  const budgets = (amount: number): string => `budgets:\n  - { name: house, amount: ${amount}, period: monthly }\n`;

  it("acceptance G11, G14: the specification's file loads, and its budget stands and is enforced", async () => {
    const machine = new Machine();
    const text = `providers:
  anthropic: { api_key: "\${ANTHROPIC_API_KEY}", default_model: "claude-3-sonnet" }
  openai: { api_key: "\${OPENAI_API_KEY}", organization: "\${OPENAI_ORG}" }
rate_limits: { default: 1000, by_team: { engineering: 2000, research: 3000 } }
budgets:
  - name: "engineering-monthly"
    team: "engineering"
    amount: 500
    period: monthly
    alerts: [50, 75, 90]
    enforcement: rate_limit
`;
    machine.file("tokenledger.yaml", text);
    const env = { ANTHROPIC_API_KEY: "key-a", OPENAI_API_KEY: "key-b", OPENAI_ORG: "org" };
    expect(statusOf(machine, env)).toMatchObject([
      {
        name: "engineering-monthly",
        scope: { team: "engineering" },
        period: "monthly",
        window: { start: "2026-02-01T00:00:00.000Z", end: "2026-03-01T00:00:00.000Z" },
        amount_usd: "500",
        spent_usd: "0",
        reserved_usd: "0",
        utilization_pct: 0,
        zone: "green",
        enforcement: "rate_limit",
        alerts: [50, 75, 90].map((threshold) => ({ threshold, triggered_at: null })),
      },
    ]);
    spend(machine, "1");
    machine.run(
      [
        "import",
        "jsonl",
        machine.file(
          "x.jsonl",
          `${JSON.stringify(recordForm({ timestamp: "2026-02-05T10:00:00Z", team: "engineering", cost_usd: "500" }))}\n`,
        ),
      ],
      { env },
    );
    expect(machine.run(["budget", "check"], { env }).exitCode).toBe(3);
    unlinkSync(join(machine.folder, "work", "tokenledger.yaml"));
    expect(statusOf(machine)).toMatchObject([{ name: "engineering-monthly", exceeded: true }]);
  });

  it("acceptance G11: every period times every scope counts its own calls, and those of its window", () => {
    const machine = new Machine();
    const windows = { daily: "2026-02-10", weekly: "2026-02-09", monthly: "2026-02-01", quarterly: "2026-01-01", yearly: "2026-01-01" };
    const scopes = ["org", "team", "user", "project", "key"];
    const definitions = Object.keys(windows).flatMap((period) =>
      scopes.map(
        (scope) =>
          `  - { name: ${period}-${scope}, period: ${period}, ${scope}: mine, amount: 10, alerts: [50], enforcement: rate_limit }\n`,
      ),
    );
    machine.file("tokenledger.yaml", `budgets:\n${definitions.join("")}`);
    // One dollar on the first instant of each window and on the last one before it, of each scope and of others.
    const instants = [...new Set(Object.values(windows))].flatMap((day) => {
      const startMs = Date.parse(`${day}T00:00:00Z`);
      return [startMs, startMs - 1];
    });
    machine.importRecords(
      instants.flatMap((instantMs) =>
        scopes.flatMap((scope) =>
          ["mine", "others"].map((name) => recordForm({ timestamp: new Date(instantMs).toISOString(), [scope]: name, cost_usd: "1" })),
        ),
      ),
    );
    const spentSince = (day: string): number => instants.filter((instantMs) => instantMs >= Date.parse(`${day}T00:00:00Z`)).length;
    const expected = Object.entries(windows).flatMap(([period, day]) =>
      scopes.map((scope) => ({
        name: `${period}-${scope}`,
        spent_usd: String(spentSince(day)),
        window: expect.objectContaining({ start: `${day}T00:00:00.000Z` }),
        alerts: [{ threshold: 50, triggered_at: spentSince(day) >= 5 ? expect.any(String) : null }],
      })),
    );
    expect(statusOf(machine)).toMatchObject(expected);
    expect(machine.run(["verify"]).exitCode).toBe(0);
  });

  it("every command writes them, readers too; what the file no longer names goes, what others defined stays", () => {
    const machine = new Machine();
    machine.importRecords([recordForm({ timestamp: "2026-02-05T10:00:00Z", cost_usd: "7" })]);
    machine.run(["budget", "set", "mine", "--amount", "1", "--period", "daily"]);
    const path = machine.file("tokenledger.yaml", budgets(20));
    expect(machine.run(["report"]).exitCode).toBe(0);
    const elsewhere = ["--config", machine.file("empty.yaml", "timezone: UTC\n")];
    expect(machine.json(["budget", "list", ...elsewhere]).budgets).toMatchObject([
      { name: "mine" },
      { name: "house", amount_usd: "20", defined_in: `config:${path}` },
    ]);
    machine.file("tokenledger.yaml", budgets(30));
    machine.run([]);
    expect(machine.json(["budget", "list", ...elsewhere]).budgets).toMatchObject([{ name: "mine" }, { amount_usd: "30" }]);
    machine.file("tokenledger.yaml", "budgets: []\n");
    machine.run(["costs"]);
    expect(machine.json(["budget", "list", ...elsewhere]).budgets).toMatchObject([{ name: "mine" }]);
  });

  it("nothing is written where nothing changed", () => {
    const machine = new Machine();
    machine.file("tokenledger.yaml", budgets(20));
    machine.file("pricing.yaml", "unit: per_1m_tokens\nproviders:\n  openai:\n    house-model: { input: 1.5, output: 4 }\n");
    spend(machine, "1");
    const before = readFileSync(machine.book);
    machine.run(["report"]);
    machine.run(["budget", "status"]);
    expect(readFileSync(machine.book).equals(before)).toBe(true);
  });

  it("are changed in their file: the refusal names it", () => {
    const machine = new Machine();
    const path = machine.file("tokenledger.yaml", budgets(20));
    for (const words of [
      ["set", "house", "--amount", "30"],
      ["remove", "house"],
    ])
      expect(machine.run(["budget", ...words])).toMatchObject({
        exitCode: 2,
        stderr: `tokenledger: The budget "house" is defined in ${path}; change it there.\n`,
      });
    machine.run(["budget", "status"]);
    unlinkSync(path);
    expect(machine.run(["budget", "set", "house", "--amount", "30"]).exitCode).toBe(0);
  });
});

describe("the first screen", () => {
  it("tells of budgets in trouble and open alerts, and of nothing where there are none", () => {
    const machine = new Machine();
    machine.run([...ENGINEERING, "--alerts", "50,75"]);
    spend(machine, "10");
    expect(machine.run([]).stdout).not.toMatch(/budget|alert/);
    spend(machine, "440");
    expect(machine.run([]).stdout).toContain(
      "engineering: $450.00 of $500.00 spent until 2026-03-01; at this pace it is spent on 2026-02-11.\n2 alerts are open: tokenledger alerts list --open\n",
    );
    expect(machine.json([])).toMatchObject({ budgets_in_trouble: [{ name: "engineering", zone: "yellow" }], open_alerts: 2 });
    machine.run(["alerts", "ack", "--all"]);
    expect(machine.json([])).toMatchObject({ open_alerts: 0 });
  });

  it("the doctor counts budgets", () => {
    const machine = new Machine();
    machine.run(ENGINEERING);
    expect(machine.json(["doctor"])).toMatchObject({ book: { budgets: 1 } });
    expect(machine.run(["doctor"]).stdout).toContain("1 budget");
  });
});

describe("what can't be done", () => {
  const machine = new Machine();

  function refusal(...words: string[]): string {
    const { exitCode, stdout, stderr } = machine.run(["budget", "set", "b", ...words]);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: "" });
    expect(stderr).toMatch(/^tokenledger: [^\n]+\n$/);
    return stderr;
  }
  const DAILY = ["--amount", "5", "--period", "daily"];

  it.each([
    ["50: a negative amount", ["--amount", "-5", "--period", "daily"], '--amount is "-5"; an amount can\'t be negative'],
    ["52: an amount with a unit", ["--amount", "500 USD", "--period", "daily"], '--amount is "500 USD"; give USD'],
    ["53: less than a nano-USD", ["--amount", "500.0000000001", "--period", "daily"], "at most nine places"],
    ["54: an exponent", ["--amount", "1e30", "--period", "daily"], '--amount is "1e30"'],
    ["55: a misspelt period", ["--amount", "5", "--period", "montly"], "did you mean monthly?"],
    ["56: a threshold twice", [...DAILY, "--alerts", "50,50"], "a second time"],
    ["56: thresholds that fall", [...DAILY, "--alerts", "90,75"], "rising order"],
    ["56: a threshold of 0", [...DAILY, "--alerts", "0"], "from 1 to 100"],
    ["56: a threshold of 101", [...DAILY, "--alerts", "101"], "from 1 to 100"],
    ["56: a threshold with its sign", [...DAILY, "--alerts", "75%"], "without its sign"],
    ["58: a switch to nowhere", [...DAILY, "--enforcement", "switch_provider"], "needs --switch-to NAME"],
    [
      "58: a switch to itself",
      [...DAILY, "--enforcement", "switch_provider", "--provider", "openai", "--switch-to", "openai"],
      "the provider that this budget limits",
    ],
    ["61: no length at all", ["--amount", "5", "--window", "0s"], '--window is "0s"'],
    ["61: a fraction of an hour", ["--amount", "5", "--window", "1.5h"], "a whole number of s, m, h or d"],
    ["61: too long a window", ["--amount", "5", "--window", "400d"], "to 366d"],
    ["61: a month as a length", ["--amount", "5", "--window", "1mo"], "use period"],
    ["an enforcement that is none", [...DAILY, "--enforcement", "block"], "did you mean block_requests?"],
    ["no amount", ["--period", "daily"], "such as --amount 500, or a number of tokens, such as --max-tokens 1000000"],
    ["no window", ["--amount", "5"], "has neither period nor window; give --period daily | weekly"],
    ["both windows", [...DAILY, "--window", "7d"], "contradict"],
    ["hard and soft", [...DAILY, "--hard", "--soft"], "contradict"],
    ["hard, and only telling", [...DAILY, "--hard"], "lets every call pass"],
    ["soft, and blocking", [...DAILY, "--soft", "--enforcement", "block_requests"], "always hard"],
    ["a user without a name", [...DAILY, "--user", ""], "--user is empty"],
    [
      "an override without its end",
      [...DAILY, "--override", "8"],
      "--override has no end; give the day or time from which the usual amount holds again, such as --until 2026-07-01",
    ],
    ["an end without an override", [...DAILY, "--until", "2026-03-01"], "give --override"],
    ["an end that is no day", [...DAILY, "--override", "8", "--until", "2026-13-01"], '--until is "2026-13-01"'],
    ["a zone that is none", [...DAILY, "--time-zone", "Mars/Phobos"], '--time-zone is "Mars/Phobos"'],
    ["an address that is none", [...DAILY, "--webhook", "ftp://example.test"], "--webhook is no address"],
    ["more than all is tolerated", [...DAILY, "--tolerance", "1.5"], '--tolerance is "1.5"'],
    ["no tokens", ["--max-tokens", "0", "--period", "daily"], '--max-tokens is "0"'],
    ["an option that is none", [...DAILY, "--tema", "x"], "did you mean --team?"],
  ])("bad-input %s", (_, words, sentence) => {
    expect(refusal(...words)).toContain(sentence);
  });

  it("bad-input 51: an amount of 0 is accepted with a warning", () => {
    const zero = new Machine();
    const { exitCode, stderr } = zero.run([
      "budget",
      "set",
      "zero",
      "--amount",
      "0",
      "--period",
      "daily",
      "--enforcement",
      "block_requests",
    ]);
    expect(exitCode).toBe(0);
    expect(stderr).toMatch(/^warning: budget "zero" has an amount of 0/);
  });

  it("bad-input 58: a switch to a provider that the configuration doesn't have", () => {
    const config = machine.file("providers.yaml", "providers: { openai: {} }\n");
    expect(refusal(...DAILY, "--enforcement", "switch_provider", "--switch-to", "olama", "--config", config, "--quiet")).toContain(
      "no provider of the configuration; configured: openai",
    );
  });

  it("budgets and alerts that aren't there are told, with the closest one", () => {
    const known = new Machine();
    expect(known.run(["budget", "check", "nightly"])).toMatchObject({ exitCode: 2, stderr: expect.stringContaining("the book has none") });
    known.run(["budget", "set", "nightly", ...DAILY]);
    expect(known.run(["budget", "check", "nighly"])).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining("did you mean nightly?"),
    });
    expect(known.run(["budget", "remove", "nighly"]).exitCode).toBe(2);
    expect(known.run(["alerts", "list", "--budget", "nighly"])).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining("did you mean nightly?"),
    });
    expect(known.run(["alerts", "list", "--budget", "nightly"])).toMatchObject({
      exitCode: 4,
      stderr: 'The budget "nightly" has reached no threshold yet.\n',
    });
    expect(known.run(["budget", "check"]).stdout).toBe("The budget is not exceeded.\n");
    expect(known.run(["alerts", "ack", "7"])).toMatchObject({ exitCode: 2, stderr: expect.stringContaining("There is no alert 7") });
    expect(known.run(["alerts", "ack", "x"])).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('"x" is not the number') });
    expect(known.run(["alerts", "ack"])).toMatchObject({ exitCode: 2 });
  });

  it("nothing that was refused left a budget, or a book", () => {
    expect(machine.run(["budget", "list"])).toMatchObject({ exitCode: 4, stderr: expect.stringContaining("no budgets") });
    expect(() => readFileSync(machine.book)).toThrow();
  });

  it("bad-input A28: a budget's name can't reach the terminal as more than a name", () => {
    const odd = new Machine();
    odd.run(["budget", "set", "\u001b[31mred", ...DAILY]);
    const { stdout, stderr } = odd.run(["budget", "list"]);
    expect(stdout + stderr).not.toContain("\u001b");
    expect(stdout).toContain("\\u001b[31mred");
  });
});
