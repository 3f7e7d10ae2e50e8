/** The way to every view; on narrow screens it folds away. */
import { useEffect, useState } from "react";
import { NavLink, useLocation } from "react-router";
import { Button } from "../parts/button.tsx";
import { useBook } from "../question/book.tsx";
import { useQuestion } from "../question/use-question.ts";
import styles from "./navigation.module.css";
import { endSession } from "./session.ts";
import { chooseTheme, chosenTheme, type Theme } from "./theme.ts";
import { VIEWS, type ViewEntry } from "./views.ts";

const GROUPS: readonly ViewEntry["group"][] = ["Spending", "Control", "Requests", "Settings"];

export function Navigation() {
  const { pathname } = useLocation();
  const [isOpen, setOpen] = useState(false);
  // biome-ignore lint/correctness/useExhaustiveDependencies: whoever has chosen a view wants to see it
  useEffect(() => setOpen(false), [pathname]);
  return (
    <div className={styles.side}>
      <div className={styles.top}>
        <span className={styles.brand}>
          <img src="/icon.svg" alt="" width={24} height={24} /> TokenLedger
        </span>
        <Button className={styles.toggle ?? ""} aria-expanded={isOpen} aria-controls="views" onClick={() => setOpen(!isOpen)}>
          Menu
        </Button>
      </div>
      <div id="views" className={isOpen ? styles.open : styles.folded}>
        <ViewLinks />
        <Surroundings />
      </div>
    </div>
  );
}

function ViewLinks() {
  const { isReader } = useBook();
  const { link } = useQuestion();
  return (
    <nav aria-label="Views">
      {GROUPS.map((group) => {
        const views = VIEWS.filter((view) => view.group === group && (isReader || view.isForMembers));
        if (views.length === 0) return null;
        return (
          <div key={group} className={styles.group}>
            <div className={styles.groupName}>{group}</div>
            <ul>
              {views.map(({ path, name }) => (
                <li key={path}>
                  <NavLink
                    to={link(path)}
                    end
                    className={({ isActive }) => (isActive ? `${styles.link} ${styles.here}` : (styles.link ?? ""))}
                  >
                    {name}
                  </NavLink>
                </li>
              ))}
            </ul>
          </div>
        );
      })}
    </nav>
  );
}

/** Whose book this is, in which zone days are cut, and who looks at it. */
function Surroundings() {
  const { session, timeZone } = useBook();
  const [theme, setTheme] = useState<Theme>(chosenTheme);
  const reach = [session.org, session.team, session.user, session.project].filter((name) => name !== null).join(", ");
  return (
    <div className={styles.surroundings}>
      <dl>
        <dt>Book</dt>
        <dd>{session.book}</dd>
        <dt>Days in</dt>
        <dd>{timeZone}</dd>
        <dt>Signed in</dt>
        <dd>
          {session.key_name ?? "this machine"} ({session.role}
          {reach !== "" && `, ${reach}`})
        </dd>
        <dt>Version</dt>
        <dd>{session.version}</dd>
      </dl>
      <label className={styles.theme}>
        Colours{" "}
        <select
          value={theme}
          onChange={({ target }) => {
            setTheme(target.value as Theme);
            chooseTheme(target.value as Theme);
          }}
        >
          <option value="system">as the system</option>
          <option value="light">light</option>
          <option value="dark">dark</option>
        </select>
      </label>
      {session.key_id !== null && <SignOut />}
    </div>
  );
}

function SignOut() {
  const [problem, setProblem] = useState<string>();
  return (
    <>
      <Button onClick={() => endSession().catch((error: Error) => setProblem(error.message))}>Sign out</Button>
      {problem !== undefined && <p role="alert">You are still signed in. {problem}</p>}
    </>
  );
}
