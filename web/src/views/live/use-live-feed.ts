/** Listens while the view is open, and renews the screen a few times a second, however much happens. */
import { useEffect, useRef, useState } from "react";
import { listenToEvents } from "../../api/event-stream.ts";
import { useBook } from "../../question/book.tsx";
import { LiveFeed } from "./live-feed.ts";

/** Four times a second reads as at once, and leaves the processor to the frames between. */
const RENEW_MS = 250;

export function useLiveFeed(): { feed: LiveFeed; error: Error | undefined; again: () => void } {
  const { nowMs } = useBook();
  // The server's clock as it is known now: the feed outlives a book that is told anew.
  const clock = useRef(nowMs);
  clock.current = nowMs;
  const [feed] = useState(() => new LiveFeed(() => clock.current()));
  const [error, setError] = useState<Error>();
  const [tries, setTries] = useState(0);
  const [, setPicture] = useState("");
  // biome-ignore lint/correctness/useExhaustiveDependencies: another try is another listening
  useEffect(() => {
    const controller = new AbortController();
    const renew = (): void => {
      if (document.visibilityState === "hidden") return;
      setPicture(`${feed.heard} ${feed.state} ${feed.reason} ${Math.floor(clock.current() / 1_000)}`);
    };
    const timer = setInterval(renew, RENEW_MS);
    listenToEvents(
      {},
      {
        signal: controller.signal,
        happened: (event) => feed.take(event),
        became: (state, reason) => feed.became(state, reason),
      },
    ).catch((refused: unknown) => setError(refused instanceof Error ? refused : new Error(String(refused))));
    return () => {
      controller.abort();
      clearInterval(timer);
    };
  }, [feed, tries]);
  const again = (): void => {
    setError(undefined);
    setTries(tries + 1);
  };
  return { feed, error, again };
}
