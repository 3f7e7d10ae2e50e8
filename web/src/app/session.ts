/** Signing in and out. */
import { ApiError, askServer } from "../api/client.ts";
import { connection } from "../api/connection.ts";
import { presentKey } from "../api/credentials.ts";
import type { SessionDocument } from "../api/documents.ts";
import { askWho, met, tellOtherTabs } from "./visitor.ts";

/** @throws ApiError where the key is none */
export async function signIn(key: string): Promise<void> {
  presentKey(undefined);
  const opened = await askServer<SessionDocument>("/api/v1/session", { method: "POST", body: { key } });
  let session = await askWho().catch(undefinedWhereUnknown);
  if (session?.key_id !== opened.key_id) {
    // The browser has kept no cookie: this page came without TLS. The key itself stands in for it while the page is open.
    presentKey(key);
    session = await askWho();
  }
  met(session);
  connection.signedIn();
  tellOtherTabs();
}

/**
 * What was on the screen was the key's to see: nothing of it stays.
 *
 * @throws ApiError where the server could not be told, so that the session goes on
 */
export async function endSession(): Promise<void> {
  await askServer("/api/v1/session", { method: "DELETE" }).catch(undefinedWhereUnknown);
  presentKey(undefined);
  tellOtherTabs();
  location.assign("/");
}

/** Of a session that has ended already. */
function undefinedWhereUnknown(error: unknown): undefined {
  if (error instanceof ApiError && error.status === 401) return undefined;
  throw error;
}
