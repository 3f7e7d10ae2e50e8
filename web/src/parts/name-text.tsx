import { nameText } from "../format/names.ts";
import styles from "./name-text.module.css";

/** A name as the book has it; what has none, and what stands together, in words. */
export function NameText({ name, names = 1, by }: { name: string | null; names?: number; by: string }) {
  if (names > 1) return <span className={styles.inWords}>{names} others</span>;
  if (name === null) return <span className={styles.inWords}>{nameText(name, by)}</span>;
  return <bdi>{name}</bdi>;
}
