import type { ExplanationDocument } from "tokenledger/insights";
import styles from "./why.module.css";

/** A name as the book has it; what has none, and what stands together, in words. */
export function NameText({ name, names, by }: { name: string | null; names: number; by: ExplanationDocument["by"] }) {
  if (names > 1) return <span className={styles.quiet}>{names} others</span>;
  if (name === null) return <span className={styles.quiet}>without a {by}</span>;
  return <bdi className={styles.text}>{name}</bdi>;
}
