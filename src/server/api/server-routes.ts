/** Whether the server lives and is ready, and what it can be asked. */
import { schemaWords } from "../../insights/index.ts";
import { openApiDocument } from "./openapi.ts";
import type { ApiAnswer, ApiCall, ApiRoute } from "./route.ts";

const { list, object, text } = schemaWords;

export const serverRoutes: readonly ApiRoute[] = [
  {
    method: "GET",
    path: "/health",
    operationId: "getHealth",
    summary: "Whether the server lives",
    tag: "Server",
    access: "anyone",
    answers: { 200: { description: "It does.", schema: object({ status: { const: "ok" } }) } },
    handle: () => ({ status: 200, document: { status: "ok" } }),
  },
  {
    method: "GET",
    path: "/ready",
    operationId: "getReadiness",
    summary: "Whether calls would be let in",
    description:
      "For load balancers: the book answers, no settled call waits for it, a provider is configured, and the server is not closing.",
    tag: "Server",
    access: "anyone",
    answers: {
      200: { description: "They would.", schema: object({ status: { const: "ready" } }) },
      503: { description: "They would not, for these reasons.", schema: object({ status: { const: "not_ready" }, problems: list(text) }) },
    },
    handle: readiness,
  },
  {
    method: "GET",
    path: "/api/v1/openapi.json",
    operationId: "getDescription",
    summary: "This description",
    description: "OpenAPI 3.1, made from the same table that answers the requests.",
    tag: "Server",
    access: "anyone",
    answers: {
      200: { description: "The description.", schema: object({ openapi: text, info: { type: "object" }, paths: { type: "object" } }) },
    },
    handle: async ({ context }) => ({ status: 200, document: await openApiDocument(context.routes, context.version) }),
  },
];

async function readiness({ context }: ApiCall): Promise<ApiAnswer> {
  const { ledger, upstreams, gateway } = context;
  const problems: string[] = [];
  if (context.isClosing()) problems.push("closing");
  if (upstreams.all.length === 0) problems.push("no provider is configured");
  if (gateway.settling.length > 0) problems.push("calls wait to be settled");
  try {
    await ledger.keys.revision();
  } catch {
    problems.push("the book can't be reached");
  }
  if (problems.length === 0) return { status: 200, document: { status: "ready" } };
  return { status: 503, document: { status: "not_ready", problems } };
}
