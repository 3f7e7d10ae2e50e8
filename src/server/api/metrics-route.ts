/** `GET /metrics`: the figures of this process, for Prometheus. */
import { Refusal } from "../http/refusal.ts";
import { type ApiRoute, READERS } from "./route.ts";

export const metricRoutes: readonly ApiRoute[] = [
  {
    method: "GET",
    path: "/metrics",
    operationId: "scrapeMetrics",
    summary: "The figures of this process, for Prometheus",
    description: "Of all teams together: keys that are fixed to a team, user or project may not read them.",
    tag: "Server",
    access: READERS,
    answers: { 200: { description: "Prometheus' text form", contentType: "text/plain" } },
    async handle({ reach, context: { observing } }) {
      if (!reach.isWhole) throw new Refusal(403, "permission_denied", "Metrics tell of all teams; this API key belongs to one.");
      return { status: 200, text: await observing.metrics.text(), contentType: observing.metrics.contentType };
    },
  },
];
