/** Numbers on the screen: what is read is rounded, what stands behind it (`value`) is exact. */
import { count, countShort, dollars, dollarsMore, percent } from "../format/amounts.ts";
import styles from "./figures.module.css";

/** Exact USD. Null is a cost that nobody knows: said, never shown as nothing. */
export function Money({ usd, isChange = false }: { usd: string | null | undefined; isChange?: boolean }) {
  if (usd === null || usd === undefined) return <span className={styles.unknown}>unpriced</span>;
  return (
    <data value={usd} title={`$${usd}`}>
      {isChange ? dollarsMore(usd) : dollars(usd)}
    </data>
  );
}

export function Count({ value, isShort = false }: { value: number | null | undefined; isShort?: boolean }) {
  if (value === null || value === undefined) return <span className={styles.unknown}>unknown</span>;
  return (
    <data value={value} title={count(value)}>
      {isShort ? countShort(value) : count(value)}
    </data>
  );
}

/** A share from 0 to 1. */
export function Share({ share }: { share: number | null | undefined }) {
  if (share === null || share === undefined) return <span className={styles.unknown}>–</span>;
  return <data value={share}>{percent(share)}</data>;
}

/** More or less than before: dearer is no worse by itself, so the words say it, not a colour. */
export function Change({ share, than }: { share: number | undefined; than: string }) {
  if (share === undefined) return <span className={styles.unknown}>nothing to compare with</span>;
  const text = share > 0 ? `+${percent(share)}` : percent(share);
  return (
    <span className={styles.change}>
      <span aria-hidden="true">{share > 0.0005 ? "▲" : share < -0.0005 ? "▼" : "="}</span> <data value={share}>{text}</data> {than}
    </span>
  );
}

/** One large figure with what it is. */
export function Figure({ label, children, note }: { label: React.ReactNode; children: React.ReactNode; note?: React.ReactNode }) {
  return (
    <div className={styles.figure}>
      <div className={styles.label}>{label}</div>
      <div className={styles.value}>{children}</div>
      {note !== undefined && <div className={styles.note}>{note}</div>}
    </div>
  );
}
