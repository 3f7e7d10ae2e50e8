/** What every view knows: who asks, the server's clock and zone, and from when to when there are calls. */
import { createContext, type ReactNode, useContext, useMemo } from "react";
import type { SummaryAnswer } from "../api/answers.ts";
import type { SessionDocument } from "../api/documents.ts";
import { localDayOf } from "../format/instants.ts";
import { anchorOf, type KnownDays } from "./period.ts";

export interface Book extends KnownDays {
  session: SessionDocument;
  timeZone: string;
  today: string;
  /** The book's last day; undefined where it is empty. */
  last: string | undefined;
  /** The server's time now. */
  nowMs(): number;
  isAdmin: boolean;
  /** A viewer or admin: who may ask for analyses, budgets, keys and prices. */
  isReader: boolean;
}

const BookContext = createContext<Book | undefined>(undefined);

export function BookProvider({
  session,
  heardMs,
  summary,
  children,
}: {
  session: SessionDocument;
  /** The clock here when the session was told. */
  heardMs: number;
  summary: SummaryAnswer;
  children: ReactNode;
}) {
  const book = useMemo(() => bookOf(session, heardMs, summary), [session, heardMs, summary]);
  return <BookContext value={book}>{children}</BookContext>;
}

export function useBook(): Book {
  const book = useContext(BookContext);
  if (book === undefined) throw new Error("A view stands inside a BookProvider.");
  return book;
}

function bookOf(session: SessionDocument, heardMs: number, { span }: Pick<SummaryAnswer, "span">): Book {
  const aheadMs = Date.parse(session.now) - heardMs;
  const timeZone = session.time_zone;
  const nowMs = (): number => Date.now() + aheadMs;
  const today = localDayOf(nowMs(), timeZone);
  const last = span === null ? undefined : localDayOf(Date.parse(span.last), timeZone);
  return {
    session,
    timeZone,
    today,
    last,
    first: span === null ? undefined : localDayOf(Date.parse(span.first), timeZone),
    anchor: anchorOf(today, last),
    nowMs,
    isAdmin: session.role === "admin",
    isReader: session.role !== "member",
  };
}
