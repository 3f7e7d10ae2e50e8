/** How questions are kept and asked again: one client for the page. */
import { QueryClient } from "@tanstack/react-query";
import { ApiError } from "./client.ts";
import { connection } from "./connection.ts";

const FRESH_MS = 30_000;
const KEPT_MS = 600_000;
const MOST_TRIES = 3;
const LONGEST_PAUSE_MS = 8_000;
/** Who is told to come back later than this is shown the refusal, instead of a view that seems to load. */
const LONGEST_RETRY_AFTER_MS = 60_000;

export const questions: QueryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: FRESH_MS,
      gcTime: KEPT_MS,
      // A server on this machine answers without any network.
      networkMode: "always",
      retry: (tries, error) => mayPass(error) && connection.state === "ok" && tries < MOST_TRIES,
      retryDelay: (tries, error) =>
        (error instanceof ApiError ? error.retryAfterMs : undefined) ?? Math.min(500 * 2 ** tries, LONGEST_PAUSE_MS),
    },
    mutations: { networkMode: "always", retry: false },
  },
});

function mayPass(error: Error): boolean {
  return error instanceof ApiError && error.isPassing && (error.retryAfterMs ?? 0) <= LONGEST_RETRY_AFTER_MS;
}

// What could not be asked while the server was away or did not know us is asked again, whichever view is open.
connection.listen((state) => {
  if (state === "ok") void questions.invalidateQueries();
});
