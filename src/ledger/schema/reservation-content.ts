/** What a reservation is about, in any database: whose call it is, what it holds, and when a second request is the same one. */
import type { MoneyAndTokens } from "../../budget/index.ts";
import type { UsageRecord } from "../../usage/index.ts";
import type { Amounts, CanonicalModel, ReservationScope, ReserveRequest } from "../store.ts";

/** How long it is told apart that a reservation was released or lapsed, and that nobody ever made it. */
export const REMEMBERED_MS: number = 7 * 86_400_000;

/** The status of an expired call's record, until a late settle takes its place. */
export const EXPIRED = "expired";

/** The source of a reserved call's record, where nobody says another. */
export const LIBRARY = "library";

/** Whether a record is the estimate at which an expired call was charged: only that gives way to a late settle. */
export function isChargedEstimate({ usageSource, status }: Pick<UsageRecord, "usageSource" | "status">): boolean {
  return usageSource === "estimated" && status === EXPIRED;
}

/** For reservations: a model is in the dictionary, with its canonical id, as soon as something is reserved for it. */
export const asWritten: CanonicalModel = (_provider, model) => model;

/** What a budget holds of an estimate. */
export function amountsHeld({ nanoUsd, inputTokens, outputTokens }: Amounts): MoneyAndTokens {
  return { nanoUsd, tokens: BigInt(inputTokens) + BigInt(outputTokens) };
}

/** What budgets are asked to admit when a hold becomes another: the new whole, on the axes that grow. */
export function growthOf(held: Amounts, wanted: Amounts): MoneyAndTokens {
  const [before, after] = [amountsHeld(held), amountsHeld(wanted)];
  return {
    nanoUsd: after.nanoUsd > before.nanoUsd ? after.nanoUsd : 0n,
    tokens: after.tokens > before.tokens ? after.tokens : 0n,
  };
}

/**
 * The fields in one order, those that say nothing left out: then equal scopes are equal texts. Written out, because a loop over names
 * costs several times as much, for every call.
 */
export function orderedScope(scope: ReservationScope): ReservationScope {
  const ordered: ReservationScope = {};
  if (scope.org !== undefined) ordered.org = scope.org;
  if (scope.team !== undefined) ordered.team = scope.team;
  if (scope.user !== undefined) ordered.user = scope.user;
  if (scope.project !== undefined) ordered.project = scope.project;
  if (scope.key !== undefined) ordered.key = scope.key;
  if (scope.orgId !== undefined) ordered.orgId = scope.orgId;
  if (scope.teamId !== undefined) ordered.teamId = scope.teamId;
  if (scope.userId !== undefined) ordered.userId = scope.userId;
  if (scope.projectId !== undefined) ordered.projectId = scope.projectId;
  if (scope.sessionId !== undefined) ordered.sessionId = scope.sessionId;
  if (scope.tags !== undefined && scope.tags.length > 0) ordered.tags = scope.tags;
  return ordered;
}

type Content = Pick<ReserveRequest, "provider" | "model" | "requestedModel" | "scope" | "estimate" | "source">;

/** The first field in which a request differs from what is reserved under its id, by its name in the library; undefined: none does. */
export function differingField(reserved: Content, request: Content): string | undefined {
  if (reserved.provider !== request.provider) return "provider";
  if (reserved.model !== request.model) return "model";
  if (reserved.requestedModel !== request.requestedModel) return "requestedModel";
  if (reserved.source !== request.source) return "source";
  if (JSON.stringify(orderedScope(reserved.scope)) !== JSON.stringify(orderedScope(request.scope))) return "scope";
  const [before, after] = [reserved.estimate, request.estimate];
  const isSame = before.nanoUsd === after.nanoUsd && before.inputTokens === after.inputTokens && before.outputTokens === after.outputTokens;
  return isSame ? undefined : "estimate";
}
