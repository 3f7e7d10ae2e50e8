/** What concerns the whole page: that the server is away, until it is back; that it is a newer one than the page. */
import { useConnection } from "../api/use-connection.ts";
import { Button } from "../parts/button.tsx";
import styles from "./notices.module.css";
import { useVisit } from "./visitor.ts";

export function Notices() {
  const connection = useConnection();
  const { isOfOtherVersion, session } = useVisit();
  return (
    <div role="status" aria-live="polite">
      {connection === "lost" && (
        <p className={styles.notice}>The server can't be reached. This page tries again every two seconds, and goes on by itself.</p>
      )}
      {isOfOtherVersion && (
        <div className={styles.notice}>
          <span>The server is of version {session?.version} now, and this page of another.</span>{" "}
          <Button onClick={() => location.reload()}>Load the new page</Button>
        </div>
      )}
    </div>
  );
}
