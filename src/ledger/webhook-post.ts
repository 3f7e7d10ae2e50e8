/** One HTTP POST to an address that a user named: bounded in time, following nobody elsewhere, and telling nothing of the address. */
import type { ClientRequest, IncomingMessage } from "node:http";
import { publicLookup, refusalOf } from "./public-address.ts";

export interface WebhookPost {
  url: URL;
  headers: Readonly<Record<string, string>>;
  body: string;
  timeoutMs: number;
  /** Somebody else than the operator named it: public addresses only. */
  isForeign?: boolean | undefined;
  /** Gives the post up before its time. */
  signal?: AbortSignal | undefined;
  /** The process may end while the post is under way. */
  background?: boolean | undefined;
}

/** The status that came back, or why none did, in words that hold neither the address nor anything sent. */
export type WebhookAnswer = { status: number; retryAfter?: string | undefined } | { error: string };

/** Never rejects. Redirects are answers like any other: a signed body goes where the user said, and nowhere else. */
export async function postWebhook(post: WebhookPost): Promise<WebhookAnswer> {
  const refusal = post.isForeign ? refusalOf(post.url) : undefined;
  if (refusal !== undefined) return { error: refusal };
  const { request } = post.url.protocol === "https:" ? await import("node:https") : await import("node:http");
  return new Promise((resolve) => {
    let outgoing: ClientRequest | undefined;
    const end = (answer: WebhookAnswer): void => {
      clearTimeout(timer);
      post.signal?.removeEventListener("abort", giveUp);
      resolve(answer);
      outgoing?.destroy();
    };
    const giveUp = (): void => end({ error: "given up because the book was closed" });
    const timer = setTimeout(() => end({ error: `no answer within ${post.timeoutMs / 1000} s` }), post.timeoutMs);
    if (post.background) timer.unref();
    if (post.signal?.aborted) return giveUp();
    post.signal?.addEventListener("abort", giveUp);
    try {
      // An agent would keep the connection, and with it the process.
      outgoing = request(post.url, {
        method: "POST",
        headers: { ...post.headers, "content-length": Buffer.byteLength(post.body) },
        agent: false,
        ...(post.isForeign && { lookup: publicLookup }),
      });
    } catch (error) {
      return end({ error: reasonOf(error) });
    }
    outgoing.on("response", (incoming: IncomingMessage) =>
      end({ status: incoming.statusCode ?? 0, retryAfter: incoming.headers["retry-after"] }),
    );
    // Stays after the end, too: a connection that breaks then concerns nobody.
    outgoing.on("error", (error) => end({ error: reasonOf(error) }));
    if (post.background) outgoing.on("socket", (socket) => socket.unref());
    outgoing.end(post.body);
  });
}

/** The code alone: messages of the network hold host and port, those of a URL its path. */
function reasonOf(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code;
  return code === undefined ? "no connection" : `no connection: ${code}`;
}
