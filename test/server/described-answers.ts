/** The served description of the API, and whether an answer is what it says. */
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";

export interface Operation {
  operationId: string;
  tags: string[];
  security: Record<string, string[]>[];
  "x-tokenledger-roles": string[];
  parameters?: { name: string; in: "path" | "query"; required: boolean; schema: object; description?: string }[];
  requestBody?: { content: Record<string, { schema: object; example?: object }> };
  responses: Record<string, { description: string; content?: Record<string, { schema?: object }> }>;
}

export interface Description {
  openapi: string;
  info: { title: string; version: string };
  tags: { name: string }[];
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, object>; securitySchemes: Record<string, object> };
}

/** What an operation is called in messages: `GET /api/v1/usage`. */
export interface DescribedRoute {
  method: string;
  path: string;
  operation: Operation;
}

export function routesOf({ paths }: Description): DescribedRoute[] {
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ method: method.toUpperCase(), path, operation })),
  );
}

export async function describedBy(url: string): Promise<Description> {
  return (await (await fetch(`${url}/api/v1/openapi.json`)).json()) as Description;
}

export class DescribedAnswers {
  readonly #description: Description;
  readonly #ajv: Ajv2020 = new Ajv2020({ strict: false, allErrors: true, validateFormats: false });
  readonly #checks = new Map<object, ValidateFunction>();

  constructor(description: Description) {
    this.#description = description;
    this.#ajv.addSchema({ $id: "description", components: description.components });
  }

  /** Compiles a schema of the description; throws where it is none. */
  check(schema: object): ValidateFunction {
    let check = this.#checks.get(schema);
    if (check === undefined) {
      check = this.#ajv.compile(JSON.parse(JSON.stringify(schema).replaceAll('"#/', '"description#/')) as object);
      this.#checks.set(schema, check);
    }
    return check;
  }

  /** What is wrong with an answer: nothing, where it is described so. @param body parsed JSON, or undefined where there is none */
  problems(method: string, path: string, status: number, contentType: string | null, body: unknown): string[] {
    const operation = this.#description.paths[path]?.[method.toLowerCase()];
    if (operation === undefined) return [`${method} ${path} is not described`];
    const described = operation.responses[status] ?? (status >= 500 ? operation.responses.default : undefined);
    if (described === undefined) return [`${method} ${path} does not say that it may answer ${status}`];
    const type = contentType?.split(";")[0];
    if (described.content === undefined) return body === undefined ? [] : [`${method} ${path} ${status} should have no body`];
    const content = described.content[type ?? ""];
    if (content === undefined) return [`${method} ${path} ${status} is ${type}, described as ${Object.keys(described.content)}`];
    if (content.schema === undefined) return [];
    const check = this.check(content.schema);
    return check(body)
      ? []
      : (check.errors ?? []).map(({ instancePath, message }) => `${method} ${path} ${status}${instancePath} ${message}`);
  }
}
