/** What the API answers about the book is what the command answers: to everybody what is theirs. */
import type { ChildProcess } from "node:child_process";
import { Ajv2020 } from "ajv/dist/2020.js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Machine, recordForm } from "../cli/run-command.ts";
import { STORY_NOW, storyRecords } from "../cli/spending-story.ts";
import { emptyBookUrl, hasPostgres } from "../ledger/postgres-server.ts";

type Document = Record<string, unknown>;

/** A machine on which it is always the story's noon. */
class StoryMachine extends Machine {
  override get environment(): Record<string, string> {
    return { ...super.environment, TOKENLEDGER_NOW: STORY_NOW };
  }

  budget(name: string, ...words: string[]): void {
    const { exitCode, stderr } = this.run(["budget", "set", name, "--period", "monthly", "--time-zone", "UTC", ...words]);
    if (exitCode !== 0) throw new Error(stderr);
  }

  key(name: string, ...words: string[]): string {
    return String(this.json(["keys", "create", "--name", name, ...words]).key);
  }
}

class PostgresMachine extends StoryMachine {
  readonly #url: string;

  constructor(url: string) {
    super();
    this.#url = url;
  }

  override get environment(): Record<string, string> {
    return { ...super.environment, TOKENLEDGER_DATABASE_URL: this.#url };
  }
}

interface Served {
  child: ChildProcess;
  url: string;
}

async function serve(machine: Machine): Promise<Served> {
  const child = machine.start(["serve", "--port", "0", "--json", "--quiet"]);
  const line = await new Promise<string>((resolve, reject) => {
    let stdout = "";
    child.stdout?.on("data", (chunk) => {
      stdout += chunk;
      if (stdout.includes("\n")) resolve(stdout);
    });
    child.once("exit", (code) => reject(new Error(`serve ended with ${code}`)));
  });
  return { child, url: (JSON.parse(line) as { url: string }).url };
}

const RESEARCH = "research";
const UNPRICED = recordForm({ id: "unheard", timestamp: "2026-05-03T09:00:00Z", model: "never-heard-of", team: "data", project: "=1+1" });

const all = new StoryMachine();
/** Nothing but what the team research may see. */
const own = new StoryMachine();
let served: Served;
let keys: { viewer: string; team: string; member: string };

beforeAll(async () => {
  const records = [...storyRecords(), UNPRICED];
  all.importRecords(records);
  own.importRecords(records.filter(({ team }) => team === RESEARCH));
  for (const machine of [all, own]) machine.budget("research-month", "--team", RESEARCH, "--amount", "2000", "--alerts", "50");
  all.budget("claude", "--amount", "5000");
  all.budget("each-team", "--team", "*", "--amount", "3000");
  keys = {
    viewer: all.key("watching", "--role", "viewer"),
    team: all.key("research-watching", "--role", "viewer", "--team", RESEARCH),
    member: all.key("calling", "--team", RESEARCH),
  };
  served = await serve(all);
}, 60_000);
afterAll(() => {
  served.child.kill("SIGKILL");
});

async function get(path: string, key?: string): Promise<{ status: number; document: Document }> {
  const response = await fetch(`${served.url}${path}`, key === undefined ? {} : { headers: { authorization: `Bearer ${key}` } });
  return { status: response.status, document: (await response.json()) as Document };
}

/** A report under the names that the API has for its parts. */
function asCosts({ range, rows, ...rest }: Document): Document {
  return { ...rest, schema: "tokenledger.costs/1", period: range, groups: rows };
}

const wordsIn = (words: string): string[] => words.split(" ").filter((word) => word !== "");

const COSTS: readonly [query: string, words: string][] = [
  ["", ""],
  ["start=2026-05-01&end=2026-05-31&group_by=team", "--start 2026-05-01 --end 2026-05-31 --group-by team"],
  ["last=7d&group_by=day,model&tz=America/New_York", "--last 7d --group-by day,model --tz America/New_York"],
  ["start=2026-04-01&group_by=week&sort=cost&order=asc&limit=2", "--start 2026-04-01 --group-by week --sort cost --asc --limit 2"],
  ["end=2026-03-31&team=research&team=data&group_by=project,team", "--end 2026-03-31 --team research --team data --group-by project,team"],
  ["user=&group_by=month&sort=month&order=desc", "--user= --group-by month --sort month --desc"],
  ["model=never-heard-of&group_by=model", "--model never-heard-of --group-by model"],
  ["team=nobody&last=3m&group_by=hour", "--team nobody --last 3m --group-by hour"],
];

describe("acceptance G18: GET /api/v1/costs/aggregate", () => {
  it.each(COSTS)("%j has the figures of tokenledger report %j", async (query, words) => {
    const report = all.json(["report", ...wordsIn(words)]);
    expect(await get(`/api/v1/costs/aggregate?${query}`)).toEqual({ status: 200, document: asCosts(report) });
  });

  it.each(COSTS)("%j as a file is tokenledger report %j --format csv, byte for byte", async (query, words) => {
    const { stdout } = all.run(["report", ...wordsIn(words), "--format", "csv"]);
    const response = await fetch(`${served.url}/api/v1/costs/aggregate?${query}&format=csv`);
    expect([response.status, await response.text()]).toEqual([200, stdout]);
    expect(response.headers.get("content-type")).toBe("text/csv; charset=utf-8");
    expect(response.headers.get("content-disposition")).toBe('attachment; filename="tokenledger-costs.csv"');
  });

  it("a name that a spreadsheet would run is harmless in the file", async () => {
    const response = await fetch(`${served.url}/api/v1/costs/aggregate?group_by=project&format=csv`);
    expect(await response.text()).toContain("\r\n'=1+1,");
  });

  it("follows its schema", async () => {
    const validate = new Ajv2020({ strict: true }).compile(all.json(["schema", "costs"]));
    const { document } = await get("/api/v1/costs/aggregate?group_by=day,team,model");
    expect([validate(document), validate.errors]).toEqual([true, null]);
  });
});

const MEANINGS: readonly [path: string, words: string][] = [
  ["summary", ""],
  ["summary?tz=Pacific/Kiritimati", "--tz Pacific/Kiritimati"],
  ["analysis", "analyze"],
  [
    "analysis?start=2026-04-01&end=2026-05-16&by=team&bucket=day&tz=Asia/Kolkata",
    "analyze --start 2026-04-01 --end 2026-05-16 --by team --bucket day --tz Asia/Kolkata",
  ],
  ["analysis?last=3m&project=storefront", "analyze --last 3m --project storefront"],
  ["forecast", "forecast"],
  ["forecast?limit=4000&team=research&tz=Europe/Berlin", "forecast --limit 4000 --team research --tz Europe/Berlin"],
  ["forecast?budget=each-team", "forecast --budget each-team"],
  ["recommendations", "optimize"],
  ["recommendations?last=3m&team=research&tz=Asia/Kolkata", "optimize --last 3m --team research --tz Asia/Kolkata"],
  ["recommendations?team=nobody", "optimize --team nobody"],
  ["recommendations/simulation", "optimize --simulate"],
  ["recommendations/simulation?last=3m&team=research", "optimize --simulate --last 3m --team research"],
  ["receipts", "optimize --verify"],
  ["budgets/backtest?budget=claude", "budget backtest claude"],
  ["budgets/backtest?budget=research-month&amount_usd=300", "budget backtest research-month --amount 300"],
  [
    "budgets/backtest?budget=each-team&last=2m&tz=Asia/Kolkata&amount_usd=12.5",
    "budget backtest each-team --last 2m --tz Asia/Kolkata --amount 12.5",
  ],
  ["explain", "explain"],
  ["explain?from=2026-03&to=2026-04&by=team", "explain --from 2026-03 --to 2026-04 --by team"],
  [
    "explain?to=last-week&model=claude-sonnet-4-5&tz=Pacific/Kiritimati",
    "explain --to last-week --model claude-sonnet-4-5 --tz Pacific/Kiritimati",
  ],
];

describe("analysis, forecast and explanation over HTTP", () => {
  it.each(MEANINGS)("GET /api/v1/%s answers the document of tokenledger %s", async (path, words) => {
    expect(await get(`/api/v1/${path}`, keys.viewer)).toEqual({ status: 200, document: all.json(wordsIn(words)) });
  });

  it.skipIf(!hasPostgres)("from a book on PostgreSQL, too", { timeout: 60_000 }, async () => {
    const machine = new PostgresMachine(await emptyBookUrl());
    machine.importRecords(storyRecords().slice(-400));
    const { child, url } = await serve(machine);
    for (const [path, words] of [
      ["costs/aggregate?group_by=day,team", "report --group-by day,team"],
      ["analysis", "analyze"],
      ["forecast", "forecast"],
    ] as const) {
      const expected = machine.json(words.split(" "));
      const answer = await (await fetch(`${url}/api/v1/${path}`)).json();
      expect(answer).toEqual(path.startsWith("costs") ? asCosts(expected) : expected);
    }
    child.kill("SIGKILL");
  });

  it("recommendations follow their schema, and know what is in force", async () => {
    const { document } = await get("/api/v1/recommendations?last=3m", keys.viewer);
    const validate = new Ajv2020({ strict: true }).compile(all.json(["schema", "recommendations"]));
    expect([validate(document), validate.errors]).toEqual([true, null]);
  });

  it("what is in force when the gateway starts is told as applied", async () => {
    const machine = new StoryMachine();
    machine.importRecords(storyRecords().slice(-600));
    const [first] = (machine.json(["optimize"]) as unknown as { recommendations: { id: string }[] }).recommendations;
    expect(machine.run(["optimize", "--apply", first?.id as string, "--yes"])).toMatchObject({ exitCode: 0, stderr: "" });
    const { child, url } = await serve(machine);
    const answer = await (await fetch(`${url}/api/v1/recommendations`)).json();
    child.kill("SIGKILL");
    expect((answer as { recommendations: object[] }).recommendations[0]).toMatchObject({ id: first?.id, state: "applied" });
    expect(answer).toEqual(machine.json(["optimize"]));
  });

  it("while questions are answered, other requests are", async () => {
    let before: string[] = [];
    // Once more where questions were answered first: a machine in use has its moments.
    for (let attempt = 0; attempt < 3 && (attempt === 0 || before.length > 0); attempt++) {
      const done: string[] = [];
      const answered = ["analysis?last=3m", "analysis?last=3m&by=team", "forecast"].map(async (path) => {
        await get(`/api/v1/${path}`);
        done.push(path);
      });
      // The questions are on their way first: what computes in the server's own thread would hold this up.
      await new Promise((resolve) => setTimeout(resolve, 5));
      expect((await fetch(`${served.url}/health`)).status).toBe(200);
      before = [...done];
      await Promise.all(answered);
    }
    expect(before).toEqual([]);
  });
});

describe("one recommendation", () => {
  it("by its id, whole or short, is simulated as by the command; several are simulated together", async () => {
    const { document } = await get("/api/v1/recommendations?last=3m", keys.viewer);
    const ids = (document.recommendations as { id: string }[]).map(({ id }) => id);
    const [first = "", second = ""] = ids;
    expect(ids.length).toBeGreaterThan(1);
    const expected = all.json(["optimize", "--simulate", "--last", "3m", "--only", first]);
    const simulated = (asked: string) => get(`/api/v1/recommendations/simulation?last=3m&${asked}`, keys.viewer);
    expect(await simulated(`id=${first}`)).toEqual({ status: 200, document: expected });
    expect(await simulated(`id=${first.slice(-8)}`)).toEqual({ status: 200, document: expected });
    expect(((await simulated(`id=${second}&id=${first}`)).document.ids as string[]).toSorted()).toEqual([first, second].toSorted());
  });
});

describe("a budget whose name is a word of the API's paths", () => {
  it("is changed at its own path, and read by ?name=", async () => {
    const path = `${served.url}/api/v1/budgets/backtest`;
    const body = JSON.stringify({ amount_usd: "5", period: "monthly" });
    const put = await fetch(path, { method: "PUT", headers: { "content-type": "application/json" }, body });
    expect(put.status).toBe(201);
    const { document } = await get("/api/v1/budgets?name=backtest");
    expect(document.budgets).toMatchObject([{ name: "backtest" }]);
    expect((await fetch(path, { method: "DELETE" })).status).toBe(204);
    const refused = await fetch(path, { method: "POST" });
    expect([refused.status, refused.headers.get("allow")]).toEqual([405, "GET, HEAD, PUT, DELETE"]);
  });
});

describe("a key that is made for a team", () => {
  it.each([
    ["summary", ""],
    ["summary?tz=America/New_York", "--tz America/New_York"],
    ["costs/aggregate?group_by=team,project", "report --group-by team,project"],
    ["costs/aggregate?group_by=day&tz=Asia/Kolkata", "report --group-by day --tz Asia/Kolkata"],
    ["analysis", "analyze"],
    ["analysis?last=3m&by=team&bucket=day", "analyze --last 3m --by team --bucket day"],
    ["forecast?limit=900", "forecast --limit 900"],
    ["explain?to=2026-04&by=project", "explain --to 2026-04 --by project"],
    ["recommendations", "optimize"],
    ["recommendations?last=3m&project=storefront", "optimize --last 3m --project storefront"],
    ["recommendations/simulation?last=3m", "optimize --simulate --last 3m"],
    ["receipts", "optimize --verify"],
    ["budgets/backtest?budget=research-month&amount_usd=100", "budget backtest research-month --amount 100"],
  ])("GET /api/v1/%s is answered as from a book that holds nothing but the team's", async (path, words) => {
    const expected = own.json(wordsIn(words));
    const { status, document } = await get(`/api/v1/${path}`, keys.team);
    expect({ status, document }).toEqual({ status: 200, document: path.startsWith("costs") ? asCosts(expected) : expected });
  });

  it("what it names outside is answered like names that nobody has", async () => {
    for (const path of ["costs/aggregate?last=3m&group_by=team", "analysis?last=3m", "forecast", "explain?to=2026-04", "recommendations"]) {
      const with_ = (team: string): string => `/api/v1/${path}${path.includes("?") ? "&" : "?"}team=${team}`;
      const outside = await get(with_("engineering"), keys.team);
      expect(outside).toEqual(await get(with_("nobody"), keys.team));
      expect(outside.status).toBe(200);
    }
  });

  it("budgets outside are not there: neither in forecasts, nor by name, nor in what is suggested", async () => {
    const { document } = await get("/api/v1/forecast", keys.team);
    expect((document.budgets as { name: string }[]).map(({ name }) => name)).toEqual(["research-month"]);
    const outside = await get("/api/v1/forecast?budget=claude", keys.team);
    expect(outside).toMatchObject({ status: 400, document: { error: { field: "budget" } } });
    expect(JSON.stringify(outside)).not.toMatch(/each-team|claude, |, claude/);
  });

  it("a member's key sees the sums of its own calls, and is told no meanings", async () => {
    expect(await get("/api/v1/costs/aggregate?group_by=key", keys.member)).toMatchObject({
      status: 200,
      document: { totals: { requests: 0 }, groups: [] },
    });
    expect(await get("/api/v1/summary", keys.member)).toMatchObject({
      status: 200,
      document: { span: null, top_models: [], budgets_in_trouble: [], open_alerts: 0 },
    });
    for (const path of [
      "analysis",
      "forecast",
      "explain",
      "recommendations",
      "recommendations/simulation",
      "receipts",
      "budgets/backtest?budget=research-month",
    ])
      expect((await get(`/api/v1/${path}`, keys.member)).status).toBe(403);
  });
});

describe("what can't be answered is one sentence that names the parameter", () => {
  it.each([
    ["costs/aggregate?start=2026-02-30", "start", /^start "2026-02-30" is not a day/],
    ["costs/aggregate?start=2026-05-02&end=2026-05-01", "start", /^start 2026-05-02 is after end 2026-05-01/],
    ["costs/aggregate?start=2026-05-01&last=7d", "start", /^start\/end and last each name a range/],
    ["costs/aggregate?last=7x", "last", /^last "7x" is not a length of time/],
    ["costs/aggregate?tz=Mars/Olympus", "tz", /^tz "Mars\/Olympus" is not a time zone/],
    ["costs/aggregate?group_by=team,teem", "group_by", /^group_by "teem" is unknown; did you mean team\?/],
    ["costs/aggregate?group_by=team,team", "group_by", /^group_by names team twice/],
    ["costs/aggregate?sort=model", "sort", /^sort model needs group_by model/],
    ["summary?tz=Mars/Olympus", "tz", /^tz "Mars\/Olympus" is not a time zone/],
    ["costs/aggregate?limit=0", "limit", /limit/],
    ["costs/aggregate?team=&team=data", "team", /^team "" means records without a team/],
    ["costs/aggregate?tem=data", "tem", /did you mean team\?/],
    ["analysis?by=user", "by", /^by/],
    ["analysis?bucket=minute", "bucket", /^bucket/],
    ["analysis?start=2020-01-01&end=2026-05-01&bucket=hour", "bucket", /^bucket: hours from 2020-01-01 to 2026-05-01 are too many/],
    ["forecast?limit=0", "limit", /^limit "0" leaves nothing to spend/],
    ["forecast?limit=lots", "limit", /^limit/],
    ["forecast?budget=claud", "budget", /^budget "claud" is unknown; did you mean claude\?/],
    ["explain?from=2026-04", "from", /^from "2026-04" is compared with what\? Give to, too/],
    ["explain?from=2026-04&to=2026-04", "from", /^from 2026-04-01..2026-04-30 and to 2026-04-01..2026-04-30 share days/],
    ["explain?by=tag", "by", /^by/],
    ["recommendations?last=soon", "last", /^last "soon"/],
    [
      "recommendations/simulation?id=model-downgrade-00000000",
      "id",
      /^id "model-downgrade-00000000" is no recommendation for the calls from/,
    ],
    ["costs/aggregate?format=xls", "format", /^format/],
    ["budgets/backtest", "budget", /^budget is missing/],
    ["budgets/backtest?budget=claud", "budget", /^budget "claud" is unknown; did you mean claude\?/],
    ["budgets/backtest?budget=claude&amount_usd=0", "amount_usd", /^amount_usd "0" leaves nothing to spend/],
    ["budgets/backtest?budget=claude&amount_usd=lots", "amount_usd", /^amount_usd/],
    ["budgets/backtest?budget=claude&end=someday", "end", /^end "someday" is not a day/],
  ])("GET /api/v1/%s", async (path, field, sentence) => {
    const { status, document } = await get(`/api/v1/${path}`);
    const { error } = document as { error: { message: string; field: string } };
    expect({ status, field: error.field }).toEqual({ status: 400, field });
    expect(error.message).toMatch(sentence);
    expect(error.message).not.toMatch(/--|\n/);
  });
});
