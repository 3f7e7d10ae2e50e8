/** What an explanation leaves out, such as calls without a price. */
import { Link } from "react-router";
import styles from "./why.module.css";

export function WarningNotes({ warnings }: { warnings: readonly string[] }) {
  return warnings.map((warning) => (
    <p key={warning} className={styles.told}>
      <bdi>{warning}</bdi>
      {/without a known price|No list price/.test(warning) && (
        <>
          {" "}
          <Link to="/prices">Prices</Link>
        </>
      )}
    </p>
  ));
}
