/** A request's body, whole: within its limit however it is sent, and in one piece without a copy where it came so. */
import { isUtf8 } from "node:buffer";
import type { IncomingMessage } from "node:http";
import { promisify } from "node:util";
import { brotliDecompress, gunzip, inflate } from "node:zlib";
import { sendContinue } from "./continuations.ts";
import { Refusal } from "./refusal.ts";

export interface BodyLimits {
  /** As sent, and as it is once decompressed. */
  maxBytes: number;
  /** `json`: its type, character set and UTF-8 are checked. */
  content?: "json" | "bytes";
  /** Told what each piece adds to memory; what it throws refuses the body. */
  onBytes?: (bytes: number) => void;
}

const JSON_TYPE = /^application\/(?:[a-z0-9.-]+\+)?json$/;
const DECODERS = {
  gzip: promisify(gunzip),
  "x-gzip": promisify(gunzip),
  deflate: promisify(inflate),
  br: promisify(brotliDecompress),
} as const;
/** Text shrinks to a tenth; what shrinks to less than a hundredth is made to burst. */
const HIGHEST_RATIO = 100;
/** Of this size anything is harmless. */
const HARMLESS_BYTES = 1_048_576;
const NOBODY = (): void => undefined;

/** @throws Refusal 400, 413, 415, or 499 where the client has gone before its end */
export async function readBody(request: IncomingMessage, { maxBytes, content = "json", onBytes = NOBODY }: BodyLimits): Promise<Buffer> {
  if (content === "json") checkType(request.headers["content-type"]);
  const decode = decoderOf(request.headers["content-encoding"]);
  // The parser has refused lengths that are no numbers.
  if (Number(request.headers["content-length"] ?? 0) > maxBytes) throw tooLarge(maxBytes);
  sendContinue(request);
  const sent = await collect(request, maxBytes, onBytes);
  const body = decode === undefined ? sent : await decoded(sent, decode, maxBytes);
  if (body !== sent) onBytes(body.byteLength - sent.byteLength);
  if (content === "json" && !isUtf8(body)) throw new Refusal(400, "invalid_encoding", "The body is not valid UTF-8.");
  return body;
}

function checkType(header: string | undefined): void {
  if (header === undefined) return;
  const [type = "", ...parameters] = header.toLowerCase().split(";");
  if (!JSON_TYPE.test(type.trim())) throw unsupported("The body must be JSON: send content-type: application/json.");
  for (const parameter of parameters) {
    const [name = "", value = ""] = parameter.split("=");
    if (name.trim() === "charset" && !/^"?(?:utf-?8|us-ascii)"?$/.test(value.trim())) throw unsupported("The body must be UTF-8.");
  }
}

function decoderOf(header: string | undefined): (typeof DECODERS)[keyof typeof DECODERS] | undefined {
  const name = header?.trim().toLowerCase();
  if (name === undefined || name === "" || name === "identity") return undefined;
  if (Object.hasOwn(DECODERS, name)) return DECODERS[name as keyof typeof DECODERS];
  throw unsupported("The body may be sent as it is, or with one content-encoding of gzip, deflate, br.");
}

function collect(request: IncomingMessage, maxBytes: number, onBytes: (bytes: number) => void): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    const end = (outcome: () => void): void => {
      request.off("data", onData).off("end", onEnd).off("close", onClose).off("error", onClose);
      outcome();
    };
    const onData = (chunk: Buffer): void => {
      bytes += chunk.byteLength;
      chunks.push(chunk);
      try {
        onBytes(chunk.byteLength);
        if (bytes > maxBytes) throw tooLarge(maxBytes);
      } catch (error) {
        end(() => reject(error));
      }
    };
    const onEnd = (): void => end(() => resolve(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks, bytes)));
    const onClose = (): void => end(() => reject(new Refusal(499, "client_gone", "The connection was closed before the body had come.")));
    request.on("data", onData).on("end", onEnd).on("close", onClose).on("error", onClose);
    if (request.destroyed) onClose();
  });
}

async function decoded(sent: Buffer, decode: (typeof DECODERS)[keyof typeof DECODERS], maxBytes: number): Promise<Buffer> {
  const limit = Math.min(maxBytes, Math.max(HARMLESS_BYTES, sent.byteLength * HIGHEST_RATIO));
  try {
    return await decode(sent, { maxOutputLength: limit });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE")
      throw new Refusal(413, "body_too_large", `The body is larger than ${limit} bytes once decompressed.`);
    throw new Refusal(400, "invalid_encoding", "The body is not what its content-encoding says.");
  }
}

function tooLarge(maxBytes: number): Refusal {
  return new Refusal(413, "body_too_large", `The body is larger than ${maxBytes} bytes.`);
}

function unsupported(message: string): Refusal {
  return new Refusal(415, "unsupported_media_type", message);
}
