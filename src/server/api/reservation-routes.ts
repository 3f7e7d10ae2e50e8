/** What calls under way hold. */
import { reservationsDocument } from "../../insights/index.ts";
import type { DefinedBudget, OpenReservation } from "../../ledger/index.ts";
import { limitOf, PAGE_PARAMETERS } from "./pages.ts";
import type { Reach } from "./reach.ts";
import { type ApiAnswer, type ApiCall, type ApiRoute, documentRef, EVERY_KEY } from "./route.ts";

export const reservationRoutes: readonly ApiRoute[] = [
  {
    method: "GET",
    path: "/api/v1/reservations",
    operationId: "listReservations",
    summary: "What calls under way hold, oldest first",
    description:
      "The totals are those of all that are open, also behind the limit. A member's key sees its own calls, a key of a team, user or project theirs; of the budgets that hold a call, those inside its reach.",
    tag: "Reservations",
    access: EVERY_KEY,
    parameters: { limit: PAGE_PARAMETERS.limit },
    answers: { 200: { description: "The reservations.", schema: documentRef("reservations") } },
    handle: listReservations,
  },
];

async function listReservations(call: ApiCall): Promise<ApiAnswer> {
  const { reach, context } = call;
  const { ledger, clock } = context;
  const open = await ledger.reservations();
  const seen = reach.isWhole ? open : withinReach(open, reach, await ledger.budgets.list());
  return { status: 200, document: reservationsDocument(seen, { generatedAtMs: clock.now(), limit: limitOf(call) }) };
}

function withinReach(open: readonly OpenReservation[], reach: Reach, budgets: readonly DefinedBudget[]): OpenReservation[] {
  const names = new Set(budgets.flatMap(({ definition }) => (reach.coversBudget(definition) ? definition.name : [])));
  return open
    .filter(({ scope }) => reach.covers(scope))
    .map((reservation) => ({ ...reservation, budgets: reservation.budgets.filter((name) => names.has(name)) }));
}
