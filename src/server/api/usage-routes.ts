/** Usage: records that others bring, and the book's, page by page. */
import { closestWord, InvalidInput, quoteValue } from "../../errors.ts";
import { documentSchema, recordCost } from "../../insights/index.ts";
import { isObject, type RecordForm, recordFromForm, toRecordForm, type UsageRecord } from "../../usage/index.ts";
import { Refusal } from "../http/refusal.ts";
import { usageDocument } from "./answers/dearest-records.ts";
import { askedFilter, askedSpan } from "./asked-records.ts";
import { API_SOURCE, type Attribute, attributionOf, idSpaceOf } from "./attribution.ts";
import { FILTER_PARAMETERS } from "./filter-parameters.ts";
import { cursorAfter, limitOf, PAGE_PARAMETERS, placeOf } from "./pages.ts";
import { effectivePrices } from "./price-routes.ts";
import { type ApiAnswer, type ApiCall, type ApiParameter, type ApiRoute, documentRef, EVERY_KEY, WRITERS } from "./route.ts";

const MOST_RECORDS = 1_000;
/** A record of every field and long names, a thousand times. */
const MOST_BYTES = 8_388_608;
const name = (description: string): ApiParameter => ({ schema: { type: "string", minLength: 1, maxLength: 512 }, description });

export const usageRoutes: readonly ApiRoute[] = [
  {
    method: "GET",
    path: "/api/v1/usage",
    operationId: "listUsage",
    summary: "Records of the book, by time",
    description:
      "Page by page: what is written meanwhile neither repeats a record nor leaves one out. With `sort=cost` one page of the dearest records instead; those without a price have no cost and are not among them. A member's key sees its own calls, a key of a team, user or project theirs.",
    tag: "Usage",
    access: EVERY_KEY,
    parameters: {
      request_id: name("Only the records of this request: one for each attempt."),
      ...FILTER_PARAMETERS,
      key: name("Only calls by the virtual key of this name."),
      session: name("Only calls of this session."),
      start: name("The first local day, `2026-05-01`."),
      end: name("The last local day, included."),
      tz: name("IANA time zone of the days; default the server's."),
      order: { schema: { type: "string", enum: ["asc", "desc"] }, description: "`desc`: the newest first; default `asc`." },
      sort: { schema: { type: "string", enum: ["time", "cost"] }, description: "`cost`: the dearest first; default `time`." },
      ...PAGE_PARAMETERS,
    },
    answers: {
      200: { description: "A page of records.", schema: documentRef("usage") },
      503: { description: "With `sort=cost`: too many questions wait, or this one takes too long." },
      404: { description: "This key has made no call of this request_id." },
    },
    handle: listUsage,
  },
  {
    method: "GET",
    path: "/api/v1/usage/cost",
    operationId: "explainRecordCost",
    summary: "What one record cost, and why",
    description:
      "Its lines add up to what was computed for it; a sentence for each decision on the way. To a key of few, a record of others is none.",
    tag: "Usage",
    access: EVERY_KEY,
    parameters: { id: { ...name("The record's id."), required: true } },
    answers: {
      200: { description: "The cost.", schema: documentRef("record-cost") },
      404: { description: "There is no record of this id." },
    },
    handle: explainRecord,
  },
  {
    method: "POST",
    path: "/api/v1/usage",
    operationId: "postUsage",
    summary: "Brings up to 1,000 records into the book",
    description:
      "Each record has a result of its own, in the order given. The same record again is a `duplicate`, so that a post may be repeated; the same id with another content is a `conflict`; " +
      "what can't be taken is `invalid`, and says why. Records without an id are told apart by their content. The names that a key is fixed to are its records'.",
    tag: "Usage",
    access: WRITERS,
    body: {
      schema: {
        type: "object",
        properties: {
          records: { type: "array", minItems: 1, maxItems: MOST_RECORDS, items: documentRef("record") },
        },
        required: ["records"],
      },
      maxBytes: MOST_BYTES,
      example: {
        records: [
          {
            id: "call-1",
            timestamp: "2026-05-01T09:30:00.000Z",
            provider: "openai",
            model: "gpt-4o",
            input_tokens: 1200,
            output_tokens: 80,
            team: "engineering",
          },
        ],
      },
    },
    answers: {
      200: { description: "What became of each record.", schema: documentRef("usage-results") },
      409: { description: "All of them conflict with what is in the book.", schema: documentRef("usage-results") },
    },
    handle: postUsage,
  },
];

async function listUsage(call: ApiCall): Promise<ApiAnswer> {
  const { reach, query, values, context } = call;
  if (query.get("sort") === "cost") return listDearest(call);
  const limit = limitOf(call);
  const [timestampMs, row] = (placeOf(call, 2) ?? []).map(Number);
  const filter = reach.filterWith(askedFilter(values));
  if (filter === "nothing") return usageAnswer(call, []);
  const after = timestampMs === undefined || row === undefined ? {} : { after: { timestampMs, row } };
  const order = query.get("order") === "desc" ? "desc" : "asc";
  const asked = { ...filter, ...askedSpan(values, context.timeZone) };
  const { records, next } = await context.ledger.page(asked, { ...after, limit, order });
  const forms = records.map(toRecordForm);
  return usageAnswer(call, forms, next && cursorAfter(call, [next.timestampMs, next.row]));
}

async function explainRecord({ query, reach, context }: ApiCall): Promise<ApiAnswer> {
  const found = await context.ledger.recordsOfId(query.get("id") ?? "");
  const record = found.find((each) => reach.covers(each));
  if (record === undefined) throw new Refusal(404, "not_found", "There is no record of this id.");
  return { status: 200, document: recordCost(record, await effectivePrices(context)) };
}

async function listDearest(call: ApiCall): Promise<ApiAnswer> {
  const { query, values, caller, context } = call;
  for (const name of ["cursor", "order", "request_id"]) {
    if (!query.has(name)) continue;
    throw new Refusal(400, "invalid_request", `${name} can't be given with sort=cost, which tells the dearest records on one page.`, {
      field: name,
    });
  }
  const { timeZone } = context;
  // What is wrong with the days is told here.
  askedSpan(values, timeZone);
  const asked = new Map([...values, ["limit", [String(limitOf(call))]]]);
  const question = { kind: "dearest", values: asked, nowMs: context.clock.now(), timeZone } as const;
  return { status: 200, text: await context.answers.ask(question, caller) };
}

/** To a key of few, a call of others is none. */
function usageAnswer({ reach, query }: ApiCall, records: readonly RecordForm[], cursor?: string): ApiAnswer {
  if (records.length === 0 && !reach.isWhole && query.has("request_id")) {
    throw new Refusal(404, "not_found", "This API key has made no call of this request_id.");
  }
  return { status: 200, document: usageDocument(records, cursor) };
}

interface UsageResult {
  status: "new" | "duplicate" | "conflict" | "invalid";
  id?: string;
  reason?: string;
  /** What was taken otherwise than it was told. */
  warnings?: readonly string[];
}

async function postUsage(call: ApiCall): Promise<ApiAnswer> {
  const { caller, reach, context } = call;
  const { records } = call.body as { records: readonly unknown[] };
  const knownFields = new Set(Object.keys((await documentSchema("record")).properties as object));
  const attribute = attributionOf(caller, reach, context.clock.now());
  const read = records.map((form) => readRecord(form, knownFields, attribute));
  const taken = read.flatMap(({ record }) => (record === undefined ? [] : [record]));
  const idSpace = idSpaceOf(caller, reach);
  const outcomes = taken.length === 0 ? [] : await context.ledger.recordEach(taken, idSpace === undefined ? {} : { idSpace });
  let next = 0;
  const results = read.map(({ record, reason, warnings }): UsageResult => {
    if (record === undefined) return { status: "invalid", reason: reason ?? "" };
    const outcome = outcomes[next++] as UsageResult;
    return warnings === undefined ? outcome : { ...outcome, warnings };
  });
  const status = results.every((result) => result.status === "conflict") ? 409 : 200;
  return { status, document: { schema: "tokenledger.usage-results/1", results } };
}

type ReadRecord = { record?: UsageRecord; reason?: string; warnings?: string[] };

function readRecord(form: unknown, knownFields: ReadonlySet<string>, attribute: Attribute): ReadRecord {
  const warnings: string[] = [];
  try {
    refuseUnknownFields(form, knownFields);
    const record = recordFromForm(form, { source: API_SOURCE, warn: (reason) => warnings.push(reason) });
    attribute(record);
    return warnings.length === 0 ? { record } : { record, warnings };
  } catch (error) {
    if (error instanceof InvalidInput) return { reason: error.message };
    throw error;
  }
}

function refuseUnknownFields(form: unknown, knownFields: ReadonlySet<string>): void {
  if (!isObject(form)) return;
  for (const field of Object.keys(form)) {
    if (knownFields.has(field)) continue;
    const meant = closestWord(field, knownFields);
    throw new InvalidInput(
      `${quoteValue(field)} is no field of a record; ${meant === undefined ? "metadata takes what has no field of its own" : `did you mean ${meant}?`}`,
    );
  }
}
