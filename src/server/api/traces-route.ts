/** `POST /v1/traces`: what collectors and exporters of OpenTelemetry post, into the book. */
import type { IncomingMessage } from "node:http";
import { isSameName } from "../../budget/index.ts";
import { InvalidInput } from "../../errors.ts";
import type { VirtualKey } from "../../ledger/index.ts";
import { nameUuid, type UsageRecord } from "../../usage/index.ts";
import { readBody } from "../http/read-body.ts";
import { Refusal } from "../http/refusal.ts";
import { refuseUnlikely } from "./attribution.ts";
import { type ApiCall, type ApiRoute, WRITERS } from "./route.ts";

/** What collectors send at once; as it is once decompressed. */
const MOST_BYTES = 4_194_304;
/** Of the sentences about what was not taken. */
const MOST_TOLD = 3;

const EXAMPLE = {
  resourceSpans: [
    {
      resource: { attributes: [{ key: "service.name", value: { stringValue: "checkout" } }] },
      scopeSpans: [
        {
          spans: [
            {
              traceId: "5b8efff798038103d269b633813fc60c",
              spanId: "eee19b7ec3c1b174",
              name: "chat gpt-4o",
              startTimeUnixNano: "1770000000000000000",
              endTimeUnixNano: "1770000001500000000",
              attributes: [
                { key: "gen_ai.operation.name", value: { stringValue: "chat" } },
                { key: "gen_ai.provider.name", value: { stringValue: "openai" } },
                { key: "gen_ai.request.model", value: { stringValue: "gpt-4o" } },
                { key: "gen_ai.usage.input_tokens", value: { intValue: "1200" } },
                { key: "gen_ai.usage.output_tokens", value: { intValue: "340" } },
              ],
            },
          ],
        },
      ],
    },
  ],
};

export const traceRoutes: readonly ApiRoute[] = [
  {
    method: "POST",
    path: "/v1/traces",
    operationId: "postTraces",
    summary: "Calls to models out of OpenTelemetry's spans",
    description:
      "OTLP over HTTP in its JSON form. GenAI spans that count tokens become records, as import otel makes them; all others are passed over. " +
      "The same span again is the same call. Prompts and replies in attributes are not kept. The names that the key is fixed to are the records'.",
    tag: "Usage",
    access: WRITERS,
    body: {
      schema: { type: "object", properties: { resourceSpans: { type: "array" } }, required: ["resourceSpans"] },
      maxBytes: MOST_BYTES,
      description: "An ExportTraceServiceRequest in JSON, as it is or with gzip",
      readsItself: true,
      example: EXAMPLE,
    },
    answers: {
      200: {
        description: "Taken; where some spans could not be, partialSuccess tells how many and why",
        schema: {
          type: "object",
          properties: {
            partialSuccess: { type: "object", properties: { rejectedSpans: { type: "string" }, errorMessage: { type: "string" } } },
          },
        },
      },
      413: { description: "The body is larger than 4 MiB" },
      415: { description: "Protobuf: set OTEL_EXPORTER_OTLP_PROTOCOL=http/json" },
    },
    async handle(call) {
      const { records, problems } = await readTraces(call);
      const taken: UsageRecord[] = [];
      for (const record of records) {
        const owned = ownedRecord(record, call);
        if (typeof owned === "string") problems.push(owned);
        else taken.push(owned);
      }
      if (taken.length > 0) {
        const { rejected } = await call.context.ledger.append({ records: taken });
        for (const { reason } of rejected) problems.push(reason);
      }
      return { status: 200, document: problems.length === 0 ? {} : partialSuccess(problems) };
    },
  },
];

async function readTraces({ request, context }: ApiCall): Promise<{ records: readonly UsageRecord[]; problems: string[] }> {
  if (context.readTraces === undefined) throw new Refusal(404, "not_found", "This server reads no traces.");
  refuseProtobuf(request);
  const bytes = await readBody(request, { maxBytes: MOST_BYTES });
  try {
    const { records, problems } = context.readTraces(JSON.parse(bytes.toString("utf8")));
    return { records, problems: [...problems] };
  } catch (error) {
    if (error instanceof SyntaxError) throw new Refusal(400, "invalid_json", "The body is not valid JSON.");
    if (error instanceof InvalidInput) throw new Refusal(400, "invalid_request", error.message);
    throw error;
  }
}

/** What exporters send unless they are told otherwise: who reads the answer should know what to tell them. */
function refuseProtobuf({ headers }: IncomingMessage): void {
  const type = headers["content-type"];
  if (type !== undefined && /^application\/(?:[a-z0-9.-]+\+)?json\b/i.test(type)) return;
  throw new Refusal(
    415,
    "unsupported_media_type",
    "Traces are read as OTLP/JSON: set OTEL_EXPORTER_OTLP_PROTOCOL=http/json in the program that sends them, or encoding: json in a collector's otlphttp exporter.",
  );
}

/**
 * With the names that the key is fixed to. A service's name, which the importer takes for the project, gives way to the key's project;
 * a span that names another organisation, team or user than the key's is not taken.
 *
 * @returns a sentence where the record is not the key's to post
 */
function ownedRecord(record: UsageRecord, { caller: { key }, reach, context }: ApiCall): UsageRecord | string {
  if (key === undefined) return record;
  if (!reach.isWhole) {
    try {
      refuseUnlikely(record, context.clock.now());
    } catch (error) {
      return (error as InvalidInput).message;
    }
  }
  for (const name of ["org", "team", "user"] as const) {
    const told = record[name] ?? record[`${name}Id`];
    const fixed = key[name];
    if (fixed !== undefined && told !== undefined && !isSameName(told, fixed)) {
      return `a span names another ${name} than this API key belongs to; leave it out, or use a key without a ${name}`;
    }
  }
  const owned: UsageRecord = { ...record, ...namesOf(key) };
  // What others have posted under the same id stays theirs, and unknown to this key.
  if (!reach.isWhole && record.id !== undefined) owned.id = nameUuid(`key ${key.name}`, record.id);
  return owned;
}

function namesOf({ org, team, user, project, role, name }: VirtualKey): Partial<UsageRecord> {
  return {
    ...(org === undefined ? {} : { org }),
    ...(team === undefined ? {} : { team }),
    ...(user === undefined ? {} : { user }),
    ...(project === undefined ? {} : { project }),
    ...(role === "member" ? { key: name } : {}),
  };
}

/** As OTLP has it: 64-bit numbers are text in its JSON. */
function partialSuccess(problems: readonly string[]): object {
  const distinct = [...new Set(problems)];
  const more = distinct.length > MOST_TOLD ? "; …" : "";
  return {
    partialSuccess: {
      rejectedSpans: String(problems.length),
      errorMessage: `${distinct.slice(0, MOST_TOLD).join("; ")}${more}`.slice(0, 1_000),
    },
  };
}
