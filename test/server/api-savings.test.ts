/** Savings over HTTP: decided for and against as by the command, in one file with it, and obeyed at once. */
import type { ChildProcess } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Machine } from "../cli/run-command.ts";
import { STORY_NOW, storyRecords } from "../cli/spending-story.ts";
import { runningGateway, savingsOf } from "./running-gateway.ts";

type Document = Record<string, unknown>;
interface Rule {
  id: string;
}

class StoryMachine extends Machine {
  override get environment(): Record<string, string> {
    return { ...super.environment, TOKENLEDGER_NOW: STORY_NOW };
  }
}

const machine = new StoryMachine();
const other = new StoryMachine();
const savingsPath = join(machine.folder, "work", "tokenledger.savings.yaml");
let child: ChildProcess;
let url: string;
let admin: string;
let reds: string;
let ids: string[];

beforeAll(async () => {
  for (const each of [machine, other]) each.importRecords(storyRecords());
  admin = String(machine.json(["keys", "create", "--name", "deciding", "--role", "admin"]).key);
  reds = String(machine.json(["keys", "create", "--name", "research-admin", "--role", "admin", "--team", "research"]).key);
  ids = (other.json(["optimize"]).recommendations as Rule[]).map(({ id }) => id);
  child = machine.start(["serve", "--port", "0", "--json", "--quiet"]);
  url = await new Promise((resolve, reject) => {
    let told = "";
    child.stdout?.on("data", (chunk) => {
      told += chunk;
      if (told.includes("\n")) resolve((JSON.parse(told) as { url: string }).url);
    });
    child.once("exit", (code) => reject(new Error(`serve ended with ${code}`)));
  });
}, 60_000);
afterAll(() => {
  child.kill("SIGKILL");
});

async function ask(method: string, path: string, body?: object, headers: Record<string, string> = {}) {
  const response = await fetch(`${url}/api/v1/${path}`, {
    method,
    headers: { ...(body !== undefined && { "content-type": "application/json" }), ...headers },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  return { status: response.status, document: (await response.json()) as Document };
}

const bearer = (key: string): Record<string, string> => ({ authorization: `Bearer ${key}` });
const inForce = async (): Promise<string[]> => ((await ask("GET", "savings")).document.in_force as Rule[]).map(({ id }) => id);

describe("savings over HTTP", () => {
  it("what is applied is what tokenledger optimize --apply writes down, and is taken back as by --revert", async () => {
    const [id = ""] = ids;
    const { path: _path, ...expected } = other.json(["optimize", "--apply", id, "--yes"]);
    const { status, document } = await ask("POST", "savings", { ids: [id] });
    const { path, ...applied } = document;
    expect([status, applied, path]).toEqual([200, expected, "tokenledger.savings.yaml"]);
    expect(readFileSync(savingsPath, "utf8")).toBe(readFileSync(join(other.folder, "work", "tokenledger.savings.yaml"), "utf8"));
    expect(await inForce()).toEqual([id]);
    const { recommendations } = (await ask("GET", "recommendations")).document as { recommendations: { id: string; state: string }[] };
    expect(recommendations.find((one) => one.id === id)?.state).toBe("applied");
    const { path: _other, ...expectedBack } = other.json(["optimize", "--revert", id]);
    const { path: _mine, ...back } = (await ask("DELETE", `savings/${id.slice(-8)}`)).document;
    expect(back).toEqual(expectedBack);
    expect([await inForce(), existsSync(savingsPath)]).toEqual([[], false]);
  });

  it("of those who apply the same at once one does, and the others are told that it is in force", async () => {
    const [id = ""] = ids;
    const answers = await Promise.all(Array.from({ length: 5 }, () => ask("POST", "savings", { ids: [id], max_age_seconds: 60 })));
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 409, 409, 409, 409]);
    expect(await inForce()).toEqual([id]);
    expect((await ask("DELETE", "savings/all")).document).toMatchObject({ reverted: [{ id }], in_force: [] });
  });

  it("all of the ids are written down or, where one can't be, none", async () => {
    const [id = ""] = ids;
    expect(await ask("POST", "savings", { ids: [id, "model-downgrade-00000000"] })).toMatchObject({
      status: 400,
      document: { error: { field: "ids", message: expect.stringContaining('"model-downgrade-00000000"') } },
    });
    expect([await inForce(), existsSync(savingsPath)]).toEqual([[], false]);
  });

  it("what can't be decided is said in a sentence", async () => {
    const [id = ""] = ids;
    expect(await ask("POST", "savings", { ids: [id], filters: { user: ["anna"] } })).toMatchObject({
      status: 400,
      document: { error: { field: "filters.user" } },
    });
    expect((await ask("POST", "savings", { ids: [] })).status).toBe(400);
    expect((await ask("POST", "savings", { ids: [id], last: "soon" })).document).toMatchObject({ error: { field: "last" } });
    expect((await ask("DELETE", "savings/model-downgrade-00000000")).status).toBe(404);
  });

  it("is for admins of everything alone: a team's may neither apply nor take back, and sees no rule of others", async () => {
    const [id = ""] = ids;
    expect((await ask("POST", "savings", { ids: [id] }, bearer(admin))).status).toBe(200);
    expect((await ask("POST", "savings", { ids: [id] }, bearer(reds))).status).toBe(403);
    expect((await ask("DELETE", "savings/all", undefined, bearer(reds))).status).toBe(403);
    const rule = (await ask("GET", "savings")).document.in_force as { scopes: { team?: string }[] }[];
    const isReds = rule[0]?.scopes.every(({ team }) => team === "research") ?? false;
    for (const [path, field] of [
      ["savings", "in_force"],
      ["receipts", "receipts"],
    ] as const)
      expect([path, (await ask("GET", path, undefined, bearer(reds))).document[field]]).toEqual([path, isReds ? [expect.anything()] : []]);
    expect((await ask("DELETE", "savings/all", undefined, bearer(admin))).status).toBe(200);
  });

  it("an answer that is young enough is given again until the rules change", async () => {
    const [id = ""] = ids;
    const state = async (): Promise<unknown> => {
      const { recommendations } = (await ask("GET", "recommendations?max_age_seconds=86400")).document as { recommendations: Document[] };
      return recommendations.find((one) => one.id === id)?.state;
    };
    expect(await state()).toBe("active");
    await ask("POST", "savings", { ids: [id], max_age_seconds: 86_400 });
    expect(await state()).toBe("applied");
    await ask("DELETE", "savings/all");
    expect(await state()).toBe("active");
    expect((await ask("GET", "recommendations?max_age_seconds=86401")).status).toBe(400);
  });
});

describe("a server without a savings file", () => {
  it("tells what it obeys, and answers 409 to whoever wants to change it", async () => {
    await using gateway = await runningGateway();
    const path = `${gateway.url}/api/v1/savings`;
    expect(await (await fetch(path)).json()).toMatchObject({ path: null, in_force: [] });
    const applied = await gateway.post("/api/v1/savings", { ids: ["model-downgrade-00000000"] });
    expect([applied.status, (await fetch(`${path}/all`, { method: "DELETE" })).status]).toEqual([409, 409]);
  });
});

describe("by the cookie of a session", () => {
  it("savings are changed from this server's own pages only", async () => {
    await using gateway = await runningGateway({ server: { savings: savingsOf([]) } });
    const { key } = await gateway.ledger.keys.create("deciding", { role: "admin" });
    const session = await gateway.post("/api/v1/session", { key }, { origin: gateway.url });
    const cookie = (session.headers.get("set-cookie") ?? "").split(";")[0] as string;
    const statusFrom = async (headers: Record<string, string>): Promise<number> =>
      (await fetch(`${gateway.url}/api/v1/savings/all`, { method: "DELETE", headers: { cookie, ...headers } })).status;
    expect(await statusFrom({})).toBe(403);
    expect(await statusFrom({ origin: "https://elsewhere.example" })).toBe(403);
    expect(await statusFrom({ origin: gateway.url })).toBe(200);
  });
});
