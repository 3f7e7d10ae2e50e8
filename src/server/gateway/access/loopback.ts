/** Whether a request was made at this machine, by its user and not by a page or a proxy. */
import type { IncomingMessage } from "node:http";

const LOOPBACK_HOST = /^(?:localhost|127\.\d{1,3}\.\d{1,3}\.\d{1,3}|\[::1\])(?::\d{1,5})?$/i;
const LOOPBACK_ORIGIN = /^https?:\/\/(?:localhost|127\.\d{1,3}\.\d{1,3}\.\d{1,3}|\[::1\])(?::\d{1,5})?$/i;
const LOOPBACK_ADDRESS = /^(?:::ffff:)?127\.|^::1$/;
/** What a proxy on this machine says of the others for whom it asks. */
const PROXIED = ["forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via"];

export function isFromThisMachine({ socket, headers }: Pick<IncomingMessage, "socket" | "headers">): boolean {
  const { host, origin } = headers;
  if (!LOOPBACK_ADDRESS.test(socket.remoteAddress ?? "") || host === undefined || !LOOPBACK_HOST.test(host)) return false;
  if (origin !== undefined && !LOOPBACK_ORIGIN.test(origin)) return false;
  return PROXIED.every((name) => headers[name] === undefined);
}
