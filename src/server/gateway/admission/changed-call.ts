/** The same call with another model or another limit: read anew, because other models have other bounds. */
import { InvalidInput } from "../../../errors.ts";
import { changedBody, readRequest } from "../../../providers/index.ts";
import { headerValue } from "../../http/headers.ts";
import type { Upstream } from "../../upstreams/upstream.ts";
import { checkKeyPolicy, maySeeModel } from "../access/key-policy.ts";
import type { GatewayCall } from "../gateway-call.ts";

/** @throws InvalidInput where the request can't be changed so */
export function changedCall(call: GatewayCall, { model, maxOutputTokens }: { model?: string; maxOutputTokens?: number }): GatewayCall {
  const { reading, route } = call;
  const isNamedInPath = route.model !== undefined;
  const body = changedBody(call.body, reading, {
    ...(model === undefined || isNamedInPath ? {} : { model }),
    ...(maxOutputTokens === undefined ? {} : { maxOutputTokens }),
  });
  const path = model === undefined || !isNamedInPath ? call.path : call.path.replace(`/${route.model}:`, `/${encodeURIComponent(model)}:`);
  return withBody({ ...call, path }, body, isNamedInPath ? (model ?? reading.model) : undefined);
}

/** The same call with other bytes. @throws InvalidInput where they can't be read */
export function withBody(call: GatewayCall, body: Uint8Array, modelInPath?: string): GatewayCall {
  const { reading, route } = call;
  const contentType = headerValue(call.rawHeaders, "content-type");
  const changed = readRequest(reading.operation, body, {
    ...(modelInPath === undefined ? {} : { modelInPath }),
    ...(route.isStream === undefined ? {} : { isStreamPath: route.isStream }),
    ...(contentType === undefined ? {} : { contentType }),
  });
  // Its prompt is the same.
  if (reading.facts !== undefined) changed.facts = reading.facts;
  return { ...call, body: Buffer.from(body.buffer, body.byteOffset, body.byteLength), reading: changed };
}

/**
 * With the limits that its key sets where the request sets none.
 *
 * @throws Refusal where the key does not allow it
 */
export function withinPolicy(call: GatewayCall): GatewayCall {
  const maxOutputTokens = checkKeyPolicy(call.caller, call.reading);
  return maxOutputTokens === undefined ? call : changedCall(call, { maxOutputTokens });
}

/** Whether its key lets the call go to a provider, under the model that it would have there. */
export function mayGoTo({ caller, reading }: GatewayCall, upstream: Upstream): boolean {
  return maySeeModel(caller, modelAt(upstream, reading.model));
}

/** Undefined where the request can't be changed to the provider's model. */
export function callAt(call: GatewayCall, upstream: Upstream): GatewayCall | undefined {
  const model = modelAt(upstream, call.reading.model);
  if (model === call.reading.model) return call;
  try {
    return withinPolicy(changedCall(call, { model }));
  } catch (error) {
    if (error instanceof InvalidInput) return undefined;
    throw error;
  }
}

function modelAt(upstream: Upstream, model: string): string {
  return upstream.lists(model) ? model : (upstream.defaultModel ?? model);
}
