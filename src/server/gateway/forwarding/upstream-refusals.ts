/** What a client is told of a provider that gave nothing that can be passed on. */
import { Refusal } from "../../http/refusal.ts";
import type { UpstreamFailure } from "../../http/upstream-failure.ts";

/**
 * A provider that does not know the gateway, or sends it elsewhere, is no concern of its clients: their keys are right, their budgets not
 * exhausted, and a message about somebody's key may show some of it.
 */
export function refusesGateway(status: number): boolean {
  return status === 401 || status === 402 || status === 403 || status === 407 || (status >= 300 && status < 400);
}

export function gatewayRefused(): Refusal {
  return new Refusal(502, "upstream_refused", "The provider does not accept the gateway's own credentials.");
}

/** The client learns no more than that. */
export function unanswered({ kind }: UpstreamFailure): Refusal {
  if (kind === "head_timeout" || kind === "idle_timeout") {
    return new Refusal(504, "upstream_timeout", "The provider did not answer in time.");
  }
  return new Refusal(502, "upstream_unreachable", "The provider could not be reached, or broke its reply off.");
}
