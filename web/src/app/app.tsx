/** The page: who asks is found out first, then the view at the address is shown. */
import { Suspense, useEffect } from "react";
import { Route, Routes, useLocation } from "react-router";
import { useSummary } from "../api/answers.ts";
import { ApiError } from "../api/client.ts";
import { questions } from "../api/questions.ts";
import { useConnection } from "../api/use-connection.ts";
import { Failure, Waiting } from "../parts/panel.tsx";
import { BookProvider, useBook } from "../question/book.tsx";
import styles from "./app.module.css";
import { Navigation } from "./navigation.tsx";
import { NotForMembers, NotFound } from "./not-found.tsx";
import { Notices } from "./notices.tsx";
import { SignIn } from "./sign-in.tsx";
import { ViewBoundary } from "./view-boundary.tsx";
import { VIEWS } from "./views.ts";
import { look, useVisit } from "./visitor.ts";

export function App() {
  const { number } = useVisit();
  return <Visited key={number} />;
}

function Visited() {
  const connection = useConnection();
  const { session, heardMs, error: sessionError } = useVisit();
  const summary = useSummary();
  const isSignedOut = connection === "expired";
  if (session === undefined || summary.data === undefined) {
    if (isSignedOut) {
      return (
        <main className={styles.alone}>
          <h1>TokenLedger</h1>
          <SignIn isFirst />
        </main>
      );
    }
    const error = sessionError ?? summary.error;
    return (
      <main className={styles.alone}>
        {error === null || error === undefined || (error instanceof ApiError && [0, 401].includes(error.status)) ? (
          <Waiting label={connection === "lost" ? "Waiting for the server" : "Loading"} />
        ) : (
          <Failure error={error} again={() => void Promise.all([look(), questions.refetchQueries()])} />
        )}
        <Notices />
      </main>
    );
  }
  return (
    <BookProvider session={session} heardMs={heardMs} summary={summary.data}>
      <Shell />
      {isSignedOut && <SignIn isFirst={false} />}
    </BookProvider>
  );
}

function Shell() {
  const { isReader } = useBook();
  return (
    <div className={styles.shell}>
      <a className={styles.skip} href="#content">
        Skip to the content
      </a>
      <Navigation />
      <main id="content" className={styles.main} tabIndex={-1}>
        <Notices />
        <AtTop />
        <Suspense fallback={<Waiting />}>
          <Routes>
            {VIEWS.map(({ path, isForMembers, View }) => (
              <Route
                key={path}
                path={path}
                element={<ViewBoundary key={path}>{isReader || isForMembers ? <View /> : <NotForMembers />}</ViewBoundary>}
              />
            ))}
            <Route path="*" element={<NotFound />} />
          </Routes>
        </Suspense>
      </main>
    </div>
  );
}

/** A new view begins at its top, and what reads the page aloud begins there, too. */
function AtTop() {
  const { pathname } = useLocation();
  // biome-ignore lint/correctness/useExhaustiveDependencies: another path is what this is about
  useEffect(() => {
    // Where scrolling answers with a promise, that is no way to clean up.
    void window.scrollTo(0, 0);
  }, [pathname]);
  return null;
}
