/** `GET /api/v1/events`: what happens, as it happens. */
import { Refusal } from "../http/refusal.ts";
import { EVENT_TYPES, type EventType } from "../observing/event-hub.ts";
import { EVENT_STREAM, EventStream } from "./event-stream.ts";
import { type ApiAnswer, type ApiCall, type ApiRoute, EVERY_KEY } from "./route.ts";

const MOST_LISTENERS = 200;
const MOST_LISTENERS_PER_KEY = 20;
const RETRY_MS = 30_000;
const LONGEST_ID = 64;

export const eventRoutes: readonly ApiRoute[] = [
  {
    method: "GET",
    path: "/api/v1/events",
    operationId: "listenToEvents",
    summary: "What happens, as it happens, as server-sent events",
    description:
      "Calls, refusals, alerts, changes of budgets and keys, and notes about the server, as far as they lie in the key's reach. " +
      "A client that comes back with the header last-event-id is told what it has missed, of the last 1,000 events; an event named gap says that some are not known any more.",
    tag: "Events",
    access: EVERY_KEY,
    parameters: {
      type: { schema: { enum: [...EVENT_TYPES] }, description: "Only events of these types.", repeats: true },
      last_event_id: { schema: { type: "string" }, description: "As the header last-event-id, for clients that can't send it." },
    },
    answers: {
      200: { description: "A stream of events that ends with the server, or with the key", contentType: "text/event-stream" },
      429: { description: "This key has as many listeners as one may have" },
      503: { description: "The server has as many listeners as it can serve, or closes" },
    },
    handle: listen,
  },
];

function listen(call: ApiCall): ApiAnswer {
  const lastId = lastEventId(call);
  refuseTooMany(call);
  // Nothing would ever be sent: it would be listened to without an end.
  if (call.request.method === "HEAD") return { status: 200, headers: ["content-type", EVENT_STREAM] };
  const types = call.values.get("type") ?? [];
  new EventStream(call, new Set((types.length === 0 ? EVENT_TYPES : types) as readonly EventType[])).begin(lastId);
  return { status: 200, isTaken: true };
}

function refuseTooMany({ caller: { key }, context: { observing } }: ApiCall): void {
  const { events } = observing;
  if (events.isClosed) throw new Refusal(503, "closing", "The gateway closes.", { retryAfterMs: RETRY_MS });
  if (events.listeners >= MOST_LISTENERS) {
    throw new Refusal(503, "overloaded", `The server has ${MOST_LISTENERS} listeners, as many as it can serve.`, {
      retryAfterMs: RETRY_MS,
    });
  }
  if (key !== undefined && events.countWhere(({ keyId }) => keyId === key.id) >= MOST_LISTENERS_PER_KEY) {
    throw new Refusal(429, "too_many_listeners", `This API key may have ${MOST_LISTENERS_PER_KEY} listeners at a time.`, {
      retryAfterMs: RETRY_MS,
    });
  }
}

function lastEventId({ request, query }: ApiCall): string | undefined {
  const header = request.headers["last-event-id"];
  const id = typeof header === "string" ? header : query.get("last_event_id");
  if (id !== undefined && id.length > LONGEST_ID)
    throw new Refusal(400, "invalid_request", "last-event-id is no id of an event of this server.");
  return id;
}
