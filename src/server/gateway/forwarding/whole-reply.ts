/** Asks a provider for something that costs nothing, and reads the reply whole. */

import { forwardedResponseHeaders, headerValue } from "../../http/headers.ts";
import type { UpstreamReceiver } from "../../http/upstream-connection.ts";
import type { UpstreamFailure } from "../../http/upstream-failure.ts";
import type { OutgoingRequest, Upstream } from "../../upstreams/upstream.ts";
import type { FailedAttempt, WholeReply } from "./attempt.ts";
import { decoderFor } from "./decoder.ts";

/** Results of batches are long; what is longer is given up. */
const LARGEST_BYTES = 268_435_456;

export function wholeReply(upstream: Upstream, request: OutgoingRequest): Promise<WholeReply | FailedAttempt> {
  return new Promise((resolve) => {
    let status = 0;
    let rawHeaders: readonly (string | Buffer)[] = [];
    let decoder: ReturnType<typeof decoderFor>;
    let bytes = 0;
    const chunks: Buffer[] = [];
    const keep = (chunk: Buffer): void => {
      bytes += chunk.length;
      if (bytes > LARGEST_BYTES) source.abort();
      else chunks.push(chunk);
    };
    const done = (): void => {
      const headers = forwardedResponseHeaders(rawHeaders, decoder !== undefined);
      resolve({ kind: "whole", status, headers, rawHeaders, body: Buffer.concat(chunks) });
    };
    const failed = (failure: UpstreamFailure): void => resolve({ kind: "failed", failure });
    const broken = (): void => failed({ kind: "malformed", wasSent: true, message: "the reply's compression is broken" });
    const receiver: UpstreamReceiver = {
      head(headStatus, headers) {
        status = headStatus;
        rawHeaders = headers;
        decoder = decoderFor(headerValue(headers, "content-encoding"), { chunk: keep, end: done, broken });
      },
      chunk: (chunk) => (decoder === undefined ? keep(chunk) : decoder.write(chunk)),
      end: () => (decoder === undefined ? done() : decoder.end()),
      failed,
    };
    const source = upstream.send(request, receiver);
  });
}
