/** A request as bytes: they are read for what the call may cost, and sent as they are. */
import { InvalidInput } from "../errors.ts";

export interface SentRequest {
  method: string;
  url: string;
  signal: AbortSignal | undefined;
}

type Input = Parameters<typeof fetch>[0];
type Init = NonNullable<Parameters<typeof fetch>[1]>;
export type Body = NonNullable<Init["body"]>;

export interface BodyBytes {
  bytes: Uint8Array;
  contentType: string | undefined;
  /** As it is sent, where nothing is changed. */
  body: Body;
  /** The content type came from the body, and goes with it. */
  addsContentType: boolean;
}

/** Method and address, before anything of the body is touched. */
export function requestLine(input: Input, init: Init | undefined): SentRequest {
  if (typeof input === "string" || input instanceof URL) {
    return { method: (init?.method ?? "GET").toUpperCase(), url: String(input), signal: init?.signal ?? undefined };
  }
  const { method, url, signal } = input as Request;
  return { method: (init?.method ?? method).toUpperCase(), url, signal: init?.signal ?? signal };
}

/** @throws InvalidInput where there is none */
export function bodyBytes(input: Input, init: Init | undefined): BodyBytes | Promise<BodyBytes> {
  const body = init?.body ?? undefined;
  if (typeof body === "string") return { bytes: Buffer.from(body), contentType: undefined, body, addsContentType: false };
  if (body === undefined && typeof input === "object" && !(input instanceof URL)) return collected(input as Request);
  if (body === undefined) throw new InvalidInput("The request has no body; send a JSON object.");
  const contentType = headerOf(init?.headers, "content-type");
  if (body instanceof ArrayBuffer) return { bytes: new Uint8Array(body), contentType, body, addsContentType: false };
  if (ArrayBuffer.isView(body)) {
    return { bytes: new Uint8Array(body.buffer, body.byteOffset, body.byteLength), contentType, body, addsContentType: false };
  }
  // Forms with files, texts of forms, streams: what they send is known when it is written.
  return collected(new Response(body as ConstructorParameters<typeof Response>[0]), contentType);
}

async function collected(source: Request | Response, told?: string): Promise<BodyBytes> {
  const bytes = new Uint8Array(await source.arrayBuffer());
  const own = source.headers.get("content-type") ?? undefined;
  return { bytes, contentType: told ?? own, body: bytes, addsContentType: told === undefined && own !== undefined };
}

function headerOf(headers: Init["headers"] | undefined, name: string): string | undefined {
  if (headers === undefined || headers === null) return undefined;
  return (headers instanceof Headers ? headers : new Headers(headers)).get(name) ?? undefined;
}

/** What is given to the inner fetch: the same request, with these bytes and another signal. */
export function sentInit(
  input: Input,
  init: Init | undefined,
  sent: { body: Body; contentType: string | undefined; isChanged: boolean; signal: AbortSignal | undefined },
): { url: Input; init: Init } {
  const { body, contentType, isChanged, signal } = sent;
  const own: Init = { ...init };
  own.body = body;
  if (signal !== undefined) own.signal = signal;
  const isPlain = typeof input === "string" || input instanceof URL;
  if (!isPlain) takeOver(own, input as Request);
  const length = isChanged ? headerOf(own.headers, "content-length") : undefined;
  if (contentType === undefined && length === undefined) return { url: isPlain ? input : (input as Request).url, init: own };
  const headers = new Headers(own.headers);
  if (contentType !== undefined) headers.set("content-type", contentType);
  if (length !== undefined) headers.delete("content-length");
  own.headers = headers;
  return { url: isPlain ? input : (input as Request).url, init: own };
}

/** Its body is read, so that it can't be sent itself any more. */
function takeOver(init: Init, { method, headers, redirect, keepalive, referrer, integrity }: Request): void {
  init.method ??= method;
  init.headers ??= headers;
  init.redirect ??= redirect;
  init.keepalive ??= keepalive;
  if (integrity !== "") init.integrity ??= integrity;
  if (referrer !== "about:client") init.referrer ??= referrer;
}
