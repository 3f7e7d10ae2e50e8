/** The page: who asks is found out first, then the view at the address is shown. */
import { Suspense, useEffect } from "react";
import { Route, Routes, useLocation } from "react-router";
import { useSession, useSummary } from "../api/answers.ts";
import { ApiError } from "../api/client.ts";
import { questions } from "../api/questions.ts";
import { useConnection } from "../api/use-connection.ts";
import { Failure, Waiting } from "../parts/panel.tsx";
import { BookProvider, useBook } from "../question/book.tsx";
import styles from "./app.module.css";
import { ConnectionNotice } from "./connection-notice.tsx";
import { Navigation } from "./navigation.tsx";
import { NotForMembers, NotFound } from "./not-found.tsx";
import { SignIn } from "./sign-in.tsx";
import { ViewBoundary } from "./view-boundary.tsx";
import { VIEWS } from "./views.ts";

export function App() {
  const connection = useConnection();
  const session = useSession();
  const summary = useSummary();
  const isSignedOut = connection === "expired";
  if (session.data === undefined || summary.data === undefined) {
    if (isSignedOut) return <SignIn isFirst />;
    const error = session.error ?? summary.error;
    return (
      <main className={styles.alone}>
        {error === null || (error instanceof ApiError && error.status === 0) ? (
          <Waiting label={error === null ? "Loading" : "Waiting for the server"} />
        ) : (
          <Failure error={error} again={() => void questions.refetchQueries()} />
        )}
        <ConnectionNotice />
      </main>
    );
  }
  return (
    <BookProvider session={session.data} summary={summary.data}>
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
        <ConnectionNotice />
        <AtTop />
        <Suspense fallback={<Waiting />}>
          <Routes>
            {VIEWS.map(({ path, isForMembers, Component }) => (
              <Route
                key={path}
                path={path}
                element={<ViewBoundary key={path}>{isReader || isForMembers ? <Component /> : <NotForMembers />}</ViewBoundary>}
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
  useEffect(() => window.scrollTo(0, 0), [pathname]);
  return null;
}
