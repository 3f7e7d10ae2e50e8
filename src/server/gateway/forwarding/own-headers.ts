/** What the gateway says of a call in its reply's headers: names and values in turn. */

import type { SettledCall } from "../../../ledger/index.ts";
import { formatUsd } from "../../../money.ts";
import type { AdmittedCall } from "../admission/admission.ts";
import type { GatewayCall } from "../gateway-call.ts";

const NOT_ASCII = /[^ -~]/g;

/** @param settled absent while the call is under way */
export function ownHeaders({ requestId, requestedModel, isMoved }: GatewayCall, admitted: AdmittedCall, settled?: SettledCall): string[] {
  const headers = ["x-tokenledger-request-id", plain(requestId)];
  const { hold, upstream, model } = admitted;
  const cost = settled?.costNanoUsd;
  if (cost !== undefined) headers.push("x-tokenledger-cost-usd", formatUsd(cost));
  if (hold.remainingNanoUsd !== undefined) {
    const remaining = hold.remainingNanoUsd + (cost === undefined ? 0n : hold.estimate.costNanoUsd - BigInt(cost));
    headers.push("x-tokenledger-remaining-usd", formatUsd(remaining < 0n ? 0n : remaining));
  }
  if (isMoved || admitted.isSwitched || model !== requestedModel)
    headers.push("x-tokenledger-model", plain(model), "x-tokenledger-provider", plain(upstream.name));
  const notice = hold.notices.map(({ budget }) => budget).join(", ");
  if (notice !== "") headers.push("x-tokenledger-notice", plain(`budget exceeded: ${notice}`).slice(0, 512));
  return headers;
}

/** Headers hold no more than ASCII for sure. */
export function plain(text: string): string {
  return text.replaceAll(NOT_ASCII, "?");
}
