/** What was opened: it comes into sight, wherever on the page it was asked for. */
import { type ReactNode, useEffect, useRef } from "react";
import { Button } from "../../parts/button.tsx";
import styles from "./why.module.css";

export function OpenedPart({
  label,
  title,
  onClose,
  children,
}: {
  label: string;
  title: ReactNode;
  onClose: () => void;
  children: ReactNode;
}) {
  const section = useRef<HTMLElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another part that is opened in the same place is looked at anew
  useEffect(() => {
    section.current?.scrollIntoView({ block: "nearest" });
  }, [label]);
  return (
    <section ref={section} className={styles.opened} aria-label={label}>
      <header>
        <h3>{title}</h3>
        <Button onClick={onClose}>Close</Button>
      </header>
      {children}
    </section>
  );
}
