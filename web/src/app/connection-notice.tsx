/** Says that the server is away, until it is back. */
import { useConnection } from "../api/use-connection.ts";
import styles from "./connection-notice.module.css";

export function ConnectionNotice() {
  const connection = useConnection();
  return (
    <div role="status" aria-live="polite">
      {connection === "lost" && (
        <p className={styles.notice}>The server can't be reached. This page tries again every two seconds, and goes on by itself.</p>
      )}
    </div>
  );
}
