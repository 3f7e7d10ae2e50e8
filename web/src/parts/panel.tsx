/** A part of a view with its title, and the states that an answer can be in. */
import { type ReactNode, useId } from "react";
import { ApiError } from "../api/client.ts";
import { Button } from "./button.tsx";
import styles from "./panel.module.css";

export function Panel({
  title,
  note,
  actions,
  isWide = false,
  children,
}: {
  title: ReactNode;
  note?: ReactNode;
  actions?: ReactNode;
  /** Over the whole width of a grid of panels. */
  isWide?: boolean;
  children: ReactNode;
}) {
  const titleId = useId();
  return (
    <section className={`${styles.panel} ${isWide ? styles.wide : ""}`} aria-labelledby={titleId}>
      <header className={styles.head}>
        <h2 id={titleId}>{title}</h2>
        {actions !== undefined && <div className={styles.actions}>{actions}</div>}
      </header>
      {note !== undefined && <p className={styles.note}>{note}</p>}
      {children}
    </section>
  );
}

/** Panels side by side where there is room. */
export function PanelGrid({ children }: { children: ReactNode }) {
  return <div className={styles.grid}>{children}</div>;
}

interface Answered<Document> {
  data: Document | undefined;
  error: Error | null;
  isPlaceholderData: boolean;
  isFetching: boolean;
  /** Why it was not answered yet, while it is asked again. */
  failureReason: Error | null;
  refetch(): unknown;
}

/** What was answered, or in its place that it is awaited or why there is none. */
export function Answer<Document>({
  answer,
  waiting,
  children,
}: {
  answer: Answered<Document>;
  /** Shown while nothing has been answered yet; default a quiet placeholder of some lines. */
  waiting?: ReactNode;
  children: (document: Document) => ReactNode;
}) {
  const { data, error, isPlaceholderData, failureReason } = answer;
  if (data === undefined && error === null) {
    return (
      <>
        {failureReason !== null && <p className={styles.note}>{failureReason.message} It is asked again by itself.</p>}
        {waiting ?? <Waiting />}
      </>
    );
  }
  if (data === undefined) return <Failure error={error as Error} again={() => void answer.refetch()} />;
  return (
    <div className={isPlaceholderData ? styles.old : ""} aria-busy={isPlaceholderData} data-waiting={isPlaceholderData || undefined}>
      {error !== null && <Failure error={error} again={() => void answer.refetch()} />}
      {children(data)}
    </div>
  );
}

export function Waiting({
  lines = 4,
  label = "Loading",
  isLater = false,
}: {
  lines?: number;
  label?: string;
  /** Of what may come after the rest: the view is there without it. */
  isLater?: boolean;
}) {
  return (
    <div className={styles.waiting} role="status" data-waiting={isLater ? "later" : true}>
      <span className="visually-hidden">{label}</span>
      {Array.from({ length: lines }, (_, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the lines are all alike and never move
        <span key={index} aria-hidden="true" />
      ))}
    </div>
  );
}

export function Failure({ error, again }: { error: Error; again?: () => void }) {
  const isSignedOut = error instanceof ApiError && error.status === 401;
  return (
    <div className={styles.failure} role="alert">
      <p>{isSignedOut ? "You are signed out." : error.message}</p>
      {again !== undefined && !isSignedOut && <Button onClick={again}>Try again</Button>}
    </div>
  );
}

/** Where there is nothing yet: what would stand here, and how it comes about. */
export function Empty({ title, children }: { title: ReactNode; children?: ReactNode }) {
  return (
    <div className={styles.empty}>
      <p className={styles.emptyTitle}>{title}</p>
      {children !== undefined && <div className={styles.note}>{children}</div>}
    </div>
  );
}

/** A command as one would type it. */
export function CommandLine({ children }: { children: string }) {
  return <code className={styles.command}>{children}</code>;
}
