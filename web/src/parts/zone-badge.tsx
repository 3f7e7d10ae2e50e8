import styles from "./zone-badge.module.css";

export type Zone = "green" | "yellow" | "orange" | "red";

/** How near a budget is to its cap, in a word and a colour. */
export function ZoneBadge({ zone }: { zone: Zone }) {
  return <span className={`${styles.badge} ${styles[zone]}`}>{zone}</span>;
}

/** Any short word that stands out: `applied`, `revoked`, `streamed`. */
export function Badge({ tone = "plain", children }: { tone?: Zone | "plain" | "accent"; children: React.ReactNode }) {
  return <span className={`${styles.badge} ${styles[tone]}`}>{children}</span>;
}
