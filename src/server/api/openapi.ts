/** The description of the API in OpenAPI 3.1, made from the table that answers its requests, and of the gateway's paths in brief. */
import { DOCUMENT_NAMES, type DocumentName, documentSchema, type JsonSchema } from "../../insights/index.ts";
import { GATEWAY_PATHS, type GatewayPath } from "../gateway/routes.ts";
import { ERROR_SCHEMA } from "./api-error.ts";
import { type ApiAnswerDescription, type ApiBody, type ApiParameter, type ApiRoute, documentRef } from "./route.ts";
import { COOKIE_NAME } from "./session-cookie.ts";

type Document = Readonly<Record<string, unknown>>;

const JSON_TYPE = "application/json";
const REFERENCE = "#/components/schemas/";
const ERROR = "error";
const TITLE = "TokenLedger";
const ABOUT =
  "The book, the brake and the analyst for LLM token spending. Money is a decimal text in US dollars, times are RFC 3339 in UTC with milliseconds, " +
  "token counts are integers. Every answer has the header x-tokenledger-request-id.";

/** By virtual key in any of the headers, or by a session's cookie. On the machine itself a server that trusts it asks for none. */
const SECURITY_SCHEMES = {
  bearer: { type: "http", scheme: "bearer", description: "A virtual key of `tokenledger keys create`." },
  header: { type: "apiKey", in: "header", name: "x-api-key", description: "The same key, as Anthropic's clients send it." },
  google: { type: "apiKey", in: "header", name: "x-goog-api-key", description: "The same key, as Google's clients send it." },
  session: { type: "apiKey", in: "cookie", name: COOKIE_NAME, description: "Of `POST /api/v1/session`, for browsers." },
} as const;
const BY_KEY = [{ bearer: [] }, { header: [] }, { google: [] }];

/** @param version the server's */
export async function openApiDocument(routes: readonly ApiRoute[], version: string): Promise<Document> {
  const paths = new Map<string, Record<string, Document>>();
  const put = (path: string, method: string, operation: Document): void => {
    const item = paths.get(path) ?? {};
    item[method.toLowerCase()] = operation;
    paths.set(path, item);
  };
  for (const route of routes) put(route.path, route.method, operationOf(route));
  for (const path of GATEWAY_PATHS) for (const method of path.methods) put(path.path, method, gatewayOperation(path, method));
  return {
    openapi: "3.1.0",
    info: { title: TITLE, version, description: ABOUT, license: { name: "MIT", identifier: "MIT" } },
    servers: [{ url: "/" }],
    tags: [...new Set(routes.map(({ tag }) => tag)), GATEWAY_TAG].map((name) => ({ name })),
    paths: Object.fromEntries(paths),
    components: { schemas: await schemasOf(routes), securitySchemes: SECURITY_SCHEMES },
  };
}

function operationOf(route: ApiRoute): Document {
  const { operationId, summary, description, tag, access, body } = route;
  const parameters = [
    ...Object.entries(route.pathParameters ?? {}).map(([name, parameter]) => ({ name, in: "path", required: true, ...parameter })),
    ...Object.entries(route.parameters ?? {}).map(([name, parameter]) => queryParameter(name, parameter)),
  ];
  return {
    operationId,
    summary,
    ...(description === undefined ? {} : { description }),
    tags: [tag],
    security: access === "anyone" ? [] : [...BY_KEY, { session: [] }],
    "x-tokenledger-roles": access === "anyone" ? ["anyone"] : access,
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(body === undefined ? {} : { requestBody: requestBody(body) }),
    responses: { ...Object.fromEntries(Object.entries(route.answers).map(describedAnswer)), ...refusalsOf(route) },
  };
}

function queryParameter(name: string, { schema, description, required = false, repeats }: ApiParameter): Document {
  const shape = repeats ? { schema: { type: "array", items: schema }, style: "form", explode: true } : { schema };
  return { name, in: "query", required, description, ...shape };
}

function requestBody({ schema, description, example }: ApiBody): Document {
  return {
    required: true,
    ...(description === undefined ? {} : { description }),
    content: { [JSON_TYPE]: { schema, ...(example === undefined ? {} : { example }) } },
  };
}

function describedAnswer([status, answer]: [string, ApiAnswerDescription]): [string, Document] {
  const { description, schema, contentType, otherForms = [], headers } = answer;
  // What a route says of a refusal is when it comes; its shape is that of all refusals.
  const shown = schema ?? (Number(status) >= 400 ? documentRef(ERROR) : undefined);
  const content =
    shown === undefined && contentType === undefined
      ? {}
      : {
          content: {
            [contentType ?? JSON_TYPE]: shown === undefined ? {} : { schema: shown },
            ...Object.fromEntries(otherForms.map((type) => [type, { schema: { type: "string" } }])),
          },
        };
  const told = Object.entries(headers ?? {}).map(([name, meaning]) => [name, { description: meaning, schema: { type: "string" } }]);
  return [status, { description, ...content, ...(told.length === 0 ? {} : { headers: Object.fromEntries(told) }) }];
}

/** What any route answers that reads something, or asks who calls; its own words about the same status stay. */
function refusalsOf({ access, answers, body, parameters, pathParameters }: ApiRoute): Document {
  const usual: [number, string, boolean][] = [
    [400, "Something in the request can't be accepted; the message says what, where, and what is.", true],
    [401, "No key is shown, or one that nobody has.", access !== "anyone"],
    [403, "This key's role may not do this.", access !== "anyone"],
    [404, "There is nothing of that name within this key's reach.", pathParameters !== undefined],
    [413, "The body is too large.", body !== undefined],
    [415, "The body is no JSON in UTF-8.", body !== undefined],
    [503, "The book can't be reached at the moment.", access !== "anyone" || parameters !== undefined],
  ];
  const missing = usual.filter(([status, , applies]) => applies && answers[status] === undefined);
  const refusals = missing.map(([status, description]): [string, Document] => describedAnswer([String(status), { description }]));
  return { ...Object.fromEntries(refusals), default: describedAnswer(["500", { description: "The server failed." }])[1] };
}

const GATEWAY_TAG = "Gateway";

function gatewayOperation({ path, summary }: GatewayPath, method: string): Document {
  const names = [...path.matchAll(/\{(\w{1,20})\}/g)].map(([, name = ""]) => name);
  return {
    operationId: `${method.toLowerCase()}${path.replaceAll(/[^A-Za-z0-9]+/g, "_")}`,
    summary,
    description: "In the provider's own format, as its documentation has it; metered and held to budgets on the way.",
    tags: [GATEWAY_TAG],
    security: BY_KEY,
    "x-tokenledger-roles": ["member", "admin"],
    ...(names.length === 0 ? {} : { parameters: names.map((name) => ({ name, in: "path", required: true, schema: { type: "string" } })) }),
    ...(method === "POST" ? { requestBody: { content: { [JSON_TYPE]: { schema: { type: "object" } } } } } : {}),
    responses: { default: { description: "The provider's answer, or a refusal in its shape: 402 of a budget, 429 of a rate." } },
  };
}

/** The documents that the routes name, and the one shape of refusals. */
async function schemasOf(routes: readonly ApiRoute[]): Promise<Record<string, JsonSchema>> {
  const schemas: Record<string, JsonSchema> = { [ERROR]: ERROR_SCHEMA };
  for (const name of new Set(routes.flatMap(({ body, answers }) => namedIn({ body, answers })))) {
    if (!isDocumentName(name)) continue;
    // The dialect is OpenAPI 3.1's own: said once for the whole document.
    const { $schema: _dialect, ...schema } = await documentSchema(name);
    schemas[name] = schema;
  }
  return schemas;
}

/** All schemas that are referred to anywhere within. */
function namedIn(value: unknown): string[] {
  if (typeof value !== "object" || value === null) return [];
  const own =
    "$ref" in value && typeof value.$ref === "string" && value.$ref.startsWith(REFERENCE) ? [value.$ref.slice(REFERENCE.length)] : [];
  return [...own, ...Object.values(value).flatMap(namedIn)];
}

function isDocumentName(name: string): name is DocumentName {
  return (DOCUMENT_NAMES as readonly string[]).includes(name);
}
