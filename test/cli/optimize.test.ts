/** `tokenledger optimize` as people see it: what is shown, asked, written and refused. */
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { replayLine } from "../../src/cli/replayed-book.ts";
import { MAIN, Machine, recordForm } from "./run-command.ts";

const DAY_MS = 86_400_000;
const FIRST_DAY_MS = Date.UTC(2026, 0, 5);

/** Four weeks of calls to models that are dearer than they need be: of two teams, and of nobody. */
function dearCalls(): Record<string, unknown>[] {
  const kinds = [
    { team: "research", project: "papers", provider: "anthropic", model: "claude-opus-4-1", input_tokens: 4000, output_tokens: 500 },
    { team: "shop", project: "storefront", provider: "anthropic", model: "claude-sonnet-4-5", input_tokens: 9000, output_tokens: 700 },
    { provider: "openai", model: "gpt-4o", input_tokens: 1500, output_tokens: 200 },
  ];
  return Array.from({ length: 600 }, (_, call) =>
    recordForm({
      id: `dear-${call}`,
      ...kinds[call % kinds.length],
      timestamp: new Date(FIRST_DAY_MS + Math.floor(call / 21) * DAY_MS + ((call * 7919) % 86_400) * 1000).toISOString(),
    }),
  );
}

class Workshop extends Machine {
  constructor() {
    super();
    this.importRecords(dearCalls());
  }

  get work(): string {
    return join(this.folder, "work");
  }

  get savings(): string {
    return join(this.work, "tokenledger.savings.yaml");
  }
}

interface Recommended {
  recommendations: { id: string; kind: string; from: string; exclusive_group: string | null; state: string; scopes: object[] }[];
  portfolio: { chosen: { id: string }[] };
}

describe("what is shown", () => {
  const machine = new Workshop();
  const screen = (columns: string, ...words: string[]): string => machine.run(["optimize", ...words], { env: { COLUMNS: columns } }).stdout;

  it.each(["1", "20", "60", "80", "100", "120", "200"])("fits a screen of %s columns, or wraps as far as words let it", (columns) => {
    for (const words of [[], ["--simulate"], ["--only", "model-downgrade"]])
      for (const line of screen(columns, ...words).split("\n")) expect(line.length).toBeLessThanOrEqual(Math.max(75, Number(columns)));
  });

  it("says first what all of it comes to, then each with its bounds, its percentage, its requests and its id", () => {
    const lines = screen("120").split("\n");
    expect(lines[0]).toMatch(/^Savings {2}600 requests from 2026-01-05 to 2026-02-10, UTC: \$[\d.]+$/);
    expect(lines[2]).toMatch(/^(?:One saving|\d+ savings together): \$[\d.]+ in a month, [\d.]+% of all that was spent/);
    expect(screen("120")).toMatch(/^recommended +kind +a month +between +less +requests +sure +id$/m);
    expect(screen("120")).toMatch(/^claude-opus-4-1 → \S+ +model-downgrade +\$\S+ +\$\S+ to \$\S+ +\S+% +200 +\d+% +[0-9a-f]{8}$/m);
    expect(screen("80")).toMatch(/^recommended +a month +between +less +requests +id$/m);
    expect(screen("120")).toContain("tokenledger optimize --simulate");
  });

  it("with --only everything that one rests on: calls, bounds, whose, until when, assumptions, risk", () => {
    const { recommendations } = machine.json(["optimize"]) as unknown as Recommended;
    const { id } = recommendations[0] as { id: string };
    const details = screen("100", "--only", id);
    for (const label of ["id", "saves", "rests on", "whose", "pays until", "assumes", "risk", "to do", "its calls"])
      expect(details).toMatch(new RegExp(`^ {2}${label} +\\S`, "m"));
    expect(screen("100", "--only", id.slice(-8))).toBe(details);
    expect((machine.json(["optimize", "--only", id]) as unknown as Recommended).recommendations.map((one) => one.id)).toEqual([id]);
    expect(screen("100", "--only", "shift-off-peak")).toContain("Nothing of this kind is recommended");
  });

  it("in colours where they are wanted, in the same words", () => {
    const plain = screen("120");
    const coloured = screen("120", "--color", "always");
    expect(coloured).not.toBe(plain);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the codes that terminals take
    expect(coloured.replace(/\u001b\[\d+m/g, "")).toBe(plain);
  });

  it("as rows and as Markdown", () => {
    const run = (format: string, ...words: string[]): string => machine.run(["optimize", ...words, "--format", format]).stdout;
    const { recommendations } = machine.json(["optimize"]) as unknown as Recommended;
    expect(run("csv")).toMatch(/^id,kind,from,to,low_usd,expected_usd,high_usd,percent,confidence,requests,/);
    expect(
      run("jsonl")
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line).id),
    ).toEqual(recommendations.map(({ id }) => id));
    expect(run("md")).toMatch(/^\*\*Savings\*\* [\s\S]*\| recommended \|/);
    expect(run("csv", "--simulate")).toMatch(/^of,provider,model,day,/);
    expect(run("md", "--simulate")).toMatch(/^\*\*Simulation\*\*/);
  });

  it("--simulate --only tells of these alone", () => {
    const { recommendations } = machine.json(["optimize"]) as unknown as Recommended;
    const of = recommendations.find(({ from }) => from === "gpt-4o")?.id as string;
    const simulation = machine.json(["optimize", "--simulate", "--only", of]) as unknown as {
      ids: string[];
      by_model: { model: string; before_usd: string; after_usd: string }[];
    };
    expect(simulation.ids).toEqual([of]);
    const opus = simulation.by_model.find(({ model }) => model === "claude-opus-4-1");
    expect(opus?.after_usd).toBe(opus?.before_usd);
  });

  it("the bar of a long replay", () => {
    expect(replayLine(3_100_000, 5_000_000, 3000)).toBe("replaying calls  ███████████████░░░░░░░░░  62.0%  3.1M of 5M  2 s left");
    expect(replayLine(7, 0, 300)).toContain("100.0%");
  });
});

describe("where there is nothing to recommend, it teaches", () => {
  const told = (records: object[]): { exitCode: number | null; stdout: string; stderr: string } => {
    const machine = new Machine();
    if (records.length > 0) machine.importRecords(records);
    return machine.run(["optimize"], { env: { COLUMNS: "80" } });
  };

  it("no book: how to fill one", () => {
    expect(told([])).toMatchObject({ exitCode: 4, stderr: expect.stringContaining("tokenledger import") });
  });

  it("fewer than fifty requests: that it would rest on too few", () => {
    expect(told(dearCalls().slice(0, 49))).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/49 requests, and\s+nothing is told that\s+rests on fewer than 50/),
    });
  });

  it("no prices: how to give some", () => {
    const unknown = dearCalls().map((call) => ({ ...call, model: "nobody-knows-it" }));
    expect(told(unknown)).toMatchObject({ exitCode: 0, stdout: expect.stringContaining("pricing.yaml") });
  });

  it("nothing that could be saved: what was tried", () => {
    const cheap = dearCalls().map((call) => ({ ...call, provider: "openai", model: "gpt-5-nano", input_tokens: 10, output_tokens: 10 }));
    expect(told(cheap)).toMatchObject({ exitCode: 0, stdout: expect.stringContaining("Nothing is recommended: every call") });
  });
});

describe("what is applied", () => {
  it("a kind: what the best choice has of it, once for each model; a second time there is nothing to do", () => {
    const machine = new Workshop();
    const before = machine.json(["optimize"]) as unknown as Recommended;
    const best = before.portfolio.chosen.map(({ id }) => id).filter((id) => id.startsWith("model-downgrade-"));
    const applied = machine.json(["optimize", "--apply", "model-downgrade", "--yes"]) as unknown as {
      applied: { id: string }[];
      in_force: { id: string }[];
    };
    expect(applied.applied.map(({ id }) => id).sort()).toEqual([...best].sort());
    const after = machine.json(["optimize"]) as unknown as Recommended;
    expect(
      after.recommendations
        .filter(({ state }) => state === "applied")
        .map(({ id }) => id)
        .sort(),
    ).toEqual([...best].sort());
    const text = readFileSync(machine.savings, "utf8");
    const again = machine.run(["optimize", "--apply", "model-downgrade", "--yes"]);
    expect(again).toMatchObject({ exitCode: 4, stderr: "All that could be applied of model-downgrade is in force already.\n" });
    expect(readFileSync(machine.savings, "utf8")).toBe(text);
  });

  it("another route for the same calls is refused until the first is taken back", () => {
    const machine = new Workshop();
    const { recommendations } = machine.json(["optimize"]) as unknown as Recommended;
    const routes = recommendations.filter(({ from, kind }) => kind === "model-downgrade" && from === "claude-opus-4-1");
    const [one, other] = routes as unknown as [{ id: string }, { id: string }];
    expect(machine.run(["optimize", "--apply", one.id, "--yes"]).exitCode).toBe(0);
    const refused = machine.run(["optimize", "--apply", other.id, "--yes"]);
    expect(refused.exitCode).toBe(2);
    expect(refused.stderr).toMatch(
      /is about calls that model-downgrade-[0-9a-f]{8}, which is in force, changes already; take it back first/,
    );
    expect(machine.run(["optimize", "--revert", one.id.slice(-8)]).exitCode).toBe(0);
    expect(existsSync(machine.savings)).toBe(false);
    expect(machine.run(["optimize", "--apply", other.id, "--yes"]).exitCode).toBe(0);
  });

  it("by the calls of one team it is about that team alone; by those of one user it can't be", () => {
    const machine = new Workshop();
    machine.run(["optimize", "--team", "research", "--apply", "model-downgrade", "--yes"]);
    expect(readFileSync(machine.savings, "utf8")).toMatch(/ {4}scopes:\n {6}- \{ team: research[ ,]/);
    machine.run(["optimize", "--revert", "all"]);
    expect(machine.run(["optimize", "--user", "ada", "--apply", "model-downgrade", "--yes"])).toMatchObject({
      exitCode: 2,
      stderr: expect.stringMatching(/^tokenledger: --apply can't be held to --user: [^\n]+\n$/),
    });
  });

  it("beside the configuration that was read, never in it", () => {
    const machine = new Workshop();
    const config = "timezone: UTC # ours\n";
    machine.file("tokenledger.yaml", config);
    machine.run(["optimize", "--apply", "model-downgrade", "--yes"]);
    expect(readdirSync(machine.work).sort()).toEqual(["records.jsonl", "tokenledger.savings.yaml", "tokenledger.yaml"]);
    expect(readFileSync(join(machine.work, "tokenledger.yaml"), "utf8")).toBe(config);
  });

  it("a savings file that can't be used stops every command that reads it, with its line", () => {
    const machine = new Workshop();
    writeFileSync(machine.savings, "savings:\n  - id: x\n    kind: model-downgrad\n");
    for (const words of [["report"], ["optimize"], ["optimize", "--revert", "all"]])
      expect(machine.run(words)).toMatchObject({
        exitCode: 2,
        stdout: "",
        stderr: expect.stringMatching(/tokenledger\.savings\.yaml:2:5: /),
      });
  });

  const python = spawnSync("python3", ["-c", "import pty"]).status === 0;
  it.skipIf(!python).each([
    ["y", true],
    ["", false],
    ["no", false],
  ])("at a terminal it is asked for; %j is answered", (answer, isWritten) => {
    const machine = new Workshop();
    const program = `
import os, pty, sys
pid, terminal = pty.fork()
if pid == 0:
    os.execv(sys.argv[1], sys.argv[1:])
seen = b""
while b"[y/N]" not in seen:
    seen += os.read(terminal, 4096)
os.write(terminal, ${JSON.stringify(`${answer}\n`)}.encode())
try:
    while os.read(terminal, 4096): pass
except OSError: pass
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
`;
    const { status } = spawnSync("python3", ["-c", program, process.execPath, MAIN, "optimize", "--apply", "model-downgrade"], {
      cwd: machine.work,
      env: machine.environment,
      timeout: 30_000,
    });
    expect({ status, isWritten: existsSync(machine.savings) }).toEqual({ status: 0, isWritten });
  });
});

describe("what is verified and reverted where nothing is in force", () => {
  it.each([["--verify"], ["--revert", "all"]])("optimize %s %s says so, exit code 4", (...words) => {
    const machine = new Machine();
    const { exitCode, stderr, stdout } = machine.run(["optimize", ...words]);
    expect({ exitCode, stderr }).toEqual({ exitCode: 4, stderr: expect.stringMatching(/^No saving is in force; [^\n]+\n$/) });
    expect(stdout.length).toBeGreaterThan(10);
  });
});
