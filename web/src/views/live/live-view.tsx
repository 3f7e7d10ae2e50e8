/** Requests as they pass. */
import { Failure } from "../../parts/panel.tsx";
import { View } from "../../parts/view.tsx";
import { Badge } from "../../parts/zone-badge.tsx";
import styles from "./live.module.css";
import type { LiveFeed } from "./live-feed.ts";
import { LiveFigures } from "./live-figures.tsx";
import { LiveList } from "./live-list.tsx";
import { useLiveFeed } from "./use-live-feed.ts";

export default function LiveView() {
  const { feed, error, again } = useLiveFeed();
  return (
    <View
      title="Live"
      lead="What passes through this gateway, with its cost, as it happens."
      bar={<StreamLine feed={feed} isEnded={error !== undefined} />}
    >
      {error !== undefined && <Failure error={error} again={again} />}
      <LiveFigures feed={feed} />
      <LiveList feed={feed} />
    </View>
  );
}

function StreamLine({ feed, isEnded }: { feed: LiveFeed; isEnded: boolean }) {
  const isListening = feed.state === "listening" && !isEnded;
  return (
    <p className={styles.stream} role="status">
      <Badge tone={isListening ? "green" : "yellow"}>{isListening ? "listening" : isEnded ? "ended" : "not connected"}</Badge>{" "}
      {!isListening && !isEnded && (feed.reason ?? "It is tried again by itself, and goes on with what was missed.")}
    </p>
  );
}
