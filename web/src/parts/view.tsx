/** A view's head and body; its title is the page's, too. */
import { type ReactNode, useEffect } from "react";
import styles from "./view.module.css";

export function View({ title, lead, bar, children }: { title: string; lead?: ReactNode; bar?: ReactNode; children: ReactNode }) {
  useEffect(() => {
    document.title = `${title} · TokenLedger`;
  }, [title]);
  return (
    <>
      <header className={styles.head}>
        <h1>{title}</h1>
        {lead !== undefined && <p className={styles.lead}>{lead}</p>}
        {bar}
      </header>
      <div className={styles.body}>{children}</div>
    </>
  );
}

/** Sentences that were found, the most important first. */
export function Sentences({ sentences }: { sentences: readonly string[] }) {
  return (
    <ul className={styles.sentences}>
      {sentences.map((sentence) => (
        <li key={sentence}>{sentence}</li>
      ))}
    </ul>
  );
}
