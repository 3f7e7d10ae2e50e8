/** Every route of the API: what is not in this table is not served. */
import { alertRoutes } from "./alert-routes.ts";
import { answerRoutes } from "./answers/answer-routes.ts";
import { auditRoutes } from "./audit-routes.ts";
import { budgetRoutes } from "./budget-routes.ts";
import { eventRoutes } from "./events-route.ts";
import { keyRoutes } from "./key-routes.ts";
import { metricRoutes } from "./metrics-route.ts";
import { priceRoutes } from "./price-routes.ts";
import { reservationRoutes } from "./reservation-routes.ts";
import type { ApiRoute } from "./route.ts";
import { savingsRoutes } from "./savings-routes.ts";
import { serverRoutes } from "./server-routes.ts";
import { sessionRoutes } from "./session-routes.ts";
import { traceRoutes } from "./traces-route.ts";
import { usageRoutes } from "./usage-routes.ts";

export const API_ROUTES: readonly ApiRoute[] = [
  ...serverRoutes,
  ...usageRoutes,
  ...budgetRoutes,
  ...reservationRoutes,
  ...priceRoutes,
  ...alertRoutes,
  ...keyRoutes,
  ...auditRoutes,
  ...sessionRoutes,
  ...answerRoutes,
  ...savingsRoutes,
  ...eventRoutes,
  ...metricRoutes,
  ...traceRoutes,
];
