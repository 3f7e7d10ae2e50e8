/** Every route of the API: what is not in this table is not served. */
import { answerRoutes } from "./answers/answer-routes.ts";
import { eventRoutes } from "./events-route.ts";
import { metricRoutes } from "./metrics-route.ts";
import type { ApiRoute } from "./route.ts";
import { serverRoutes } from "./server-routes.ts";
import { traceRoutes } from "./traces-route.ts";
import { usageRoutes } from "./usage-routes.ts";

export const API_ROUTES: readonly ApiRoute[] = [
  ...serverRoutes,
  ...usageRoutes,
  ...answerRoutes,
  ...eventRoutes,
  ...metricRoutes,
  ...traceRoutes,
];
