import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { API_ROUTES } from "../../src/server/api/routes.ts";
import { routeOf } from "../../src/server/gateway/routes.ts";
import { DescribedAnswers, type DescribedRoute, type Description, describedBy, routesOf } from "./described-answers.ts";
import { type RunningGateway, runningGateway } from "./running-gateway.ts";

let gateway: RunningGateway;
let description: Description;
let routes: DescribedRoute[];
beforeAll(async () => {
  gateway = await runningGateway();
  description = await describedBy(gateway.url);
  routes = routesOf(description);
});
afterAll(async () => gateway?.[Symbol.asyncDispose]());

const isGateways = ({ operation }: DescribedRoute): boolean => operation.tags.includes("Gateway");

describe("the description of the API", () => {
  it("has every route of the table, and none beside them but the gateway's", () => {
    const own = routes.filter((route) => !isGateways(route)).map(({ method, path }) => `${method} ${path}`);
    expect(own.sort()).toEqual(API_ROUTES.map(({ method, path }) => `${method} ${path}`).sort());
  });

  it("has the gateway's paths as they are served", () => {
    const described = routes.filter(isGateways);
    expect(described.length).toBeGreaterThan(20);
    for (const { method, path } of described) {
      const found = routeOf(method, path.replace("{model}", "gpt-4o").replace("{id}", "some_id"));
      expect(found !== undefined && "kind" in found, `${method} ${path}`).toBe(true);
    }
  });

  it("is OpenAPI 3.1: names are one's own, what is referred to is there, and path and parameters agree", () => {
    expect(description.openapi).toMatch(/^3\.1\.\d+$/);
    expect([typeof description.info.title, typeof description.info.version]).toEqual(["string", "string"]);
    const ids = routes.map(({ operation }) => operation.operationId);
    expect(ids.filter((id, at) => ids.indexOf(id) !== at)).toEqual([]);
    const tags = new Set(description.tags.map(({ name }) => name));
    const schemes = new Set(Object.keys(description.components.securitySchemes));
    for (const { method, path, operation } of routes) {
      const place = `${method} ${path}`;
      const inPath = (operation.parameters ?? []).filter((parameter) => parameter.in === "path").map(({ name }) => name);
      expect(inPath.sort(), place).toEqual([...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name).sort());
      expect(
        (operation.parameters ?? []).every(({ required, in: where }) => where !== "path" || required),
        place,
      ).toBe(true);
      expect(
        operation.tags.filter((tag) => !tags.has(tag)),
        place,
      ).toEqual([]);
      expect(
        operation.security.flatMap((way) => Object.keys(way)).filter((name) => !schemes.has(name)),
        place,
      ).toEqual([]);
      expect(
        Object.keys(operation.responses).every((status) => /^[1-5]\d\d$|^default$/.test(status)),
        place,
      ).toBe(true);
      expect(
        Object.values(operation.responses).every(({ description: said }) => said.length > 5),
        place,
      ).toBe(true);
      expect(method === "GET" && operation.requestBody !== undefined, place).toBe(false);
    }
    const references = [...JSON.stringify(description).matchAll(/"\$ref":"([^"]+)"/g)].map(([, reference = ""]) => reference);
    const known = new Set(Object.keys(description.components.schemas).map((name) => `#/components/schemas/${name}`));
    expect(references.filter((reference) => !known.has(reference))).toEqual([]);
    expect([...known].filter((name) => !references.includes(name))).toEqual([]);
  });

  it("has schemas that are schemas, and examples that are what they say", () => {
    const answers = new DescribedAnswers(description);
    for (const schema of Object.values(description.components.schemas)) answers.check(schema);
    for (const { method, path, operation } of routes.filter((route) => !isGateways(route))) {
      for (const { content } of Object.values(operation.responses))
        for (const { schema } of Object.values(content ?? {})) if (schema !== undefined) answers.check(schema);
      for (const { schema, example } of Object.values(operation.requestBody?.content ?? {})) {
        const check = answers.check(schema);
        expect(example, `${method} ${path} shows no example`).toBeDefined();
        expect(check(example), `${method} ${path}: ${JSON.stringify(check.errors)}`).toBe(true);
      }
    }
  });

  it("says of every answer of the running server what it is", async () => {
    const answers = new DescribedAnswers(description);
    // Streams don't end; of the others, each that needs no more than its path.
    const asked = routes.filter(
      (route) => route.method === "GET" && !isGateways(route) && !route.path.includes("{") && route.path !== "/api/v1/events",
    );
    expect(asked.length).toBeGreaterThan(10);
    for (const { method, path } of asked) {
      for (const query of ["", "?no_such_parameter=1"]) {
        const reply = await fetch(gateway.url + path + query);
        const text = await reply.text();
        const type = reply.headers.get("content-type");
        const body = type?.startsWith("application/json") ? (JSON.parse(text) as unknown) : text === "" ? undefined : text;
        expect(answers.problems(method, path, reply.status, type, body), `${path}${query}`).toEqual([]);
      }
    }
  });
});
