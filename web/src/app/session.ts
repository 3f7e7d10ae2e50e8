/** Signing in and out. */
import { ApiError, askServer } from "../api/client.ts";
import { connection } from "../api/connection.ts";
import { presentKey } from "../api/credentials.ts";
import { questions } from "../api/questions.ts";

/** @throws ApiError where the key is none */
export async function signIn(key: string): Promise<void> {
  presentKey(undefined);
  await askServer("/api/v1/session", { method: "POST", body: { key } });
  if (!(await isKnown())) {
    // The browser has kept no cookie: this page came without TLS. The key itself stands in for it while the page is open.
    presentKey(key);
    await askServer("/api/v1/session");
  }
  connection.signedIn();
  await questions.invalidateQueries();
}

async function isKnown(): Promise<boolean> {
  try {
    const { key_id: keyId } = await askServer<{ key_id: string | null }>("/api/v1/session");
    return keyId !== null;
  } catch (error) {
    if (error instanceof ApiError && error.status === 401) return false;
    throw error;
  }
}

/** What was on the screen was the key's to see: nothing of it stays. */
export async function endSession(): Promise<void> {
  try {
    await askServer("/api/v1/session", { method: "DELETE" });
  } catch {
    // It may have ended already.
  }
  presentKey(undefined);
  location.assign("/");
}
