/** The dearest requests of a name, in the later and in the earlier period. */
import { Link } from "react-router";
import type { ExplanationDocument } from "tokenledger/insights";
import type { Question } from "../../question/use-question.ts";
import { requestsLink } from "./requests-link.ts";
import styles from "./why.module.css";

export function RequestLinks({
  name,
  names,
  by,
  document: { from, to },
  question,
}: {
  name: string | null;
  names: number;
  by: ExplanationDocument["by"];
  document: Pick<ExplanationDocument, "from" | "to">;
  question: Question;
}) {
  const later = requestsLink(question, to, { by, name, names });
  const earlier = requestsLink(question, from, { by, name, names });
  if (later === undefined || earlier === undefined) return null;
  return (
    <span className={styles.links}>
      <Link to={later}>after</Link> <Link to={earlier}>before</Link>
    </span>
  );
}
