/** Which days, whose calls: the same bar over every view that asks of them. */
import { useId, useState } from "react";
import { useCosts } from "../api/answers.ts";
import { localDayText } from "../format/instants.ts";
import { Button } from "../parts/button.tsx";
import { useBook } from "./book.tsx";
import { type Days, daysMoved, isPeriodName, PERIODS } from "./period.ts";
import styles from "./question-bar.module.css";
import { FILTERS, type FilterName, type Question } from "./use-question.ts";

/** What the answers can be held to; `key` and `session` are for lists of requests. */
export const ANSWER_FILTERS: readonly FilterName[] = ["team", "user", "project", "provider", "model", "source", "tag"];

export function QuestionBar({ question, filters = ANSWER_FILTERS }: { question: Question; filters?: readonly FilterName[] }) {
  const { timeZone, anchor, today } = useBook();
  return (
    <search className={styles.bar} aria-label="Period and filters">
      <PeriodPicker question={question} />
      <FilterChips question={question} />
      <FilterAdder question={question} filters={filters} />
      <span className={styles.zone}>
        {localDayText(question.days.start, true)}
        {question.days.start !== question.days.end && ` to ${localDayText(question.days.end, true)}`}, {timeZone}
        {anchor !== today && ". The book's last call is long ago: periods end there."}
      </span>
    </search>
  );
}

function PeriodPicker({ question }: { question: Question }) {
  const { days, period, change } = question;
  const [isCustom, setCustom] = useState(false);
  const startId = useId();
  const endId = useId();
  const choose = (value: string): void => {
    setCustom(value === "custom");
    if (isPeriodName(value)) change({ period: value, start: undefined, end: undefined });
  };
  const set = (next: Partial<Days>): void => {
    const moved = daysMoved(days, next);
    if (moved !== undefined) change({ period: undefined, ...moved }, { replace: true });
  };
  return (
    <>
      <select
        aria-label="Period"
        className={styles.select}
        value={isCustom || period === undefined ? "custom" : period}
        onChange={({ target }) => choose(target.value)}
      >
        {Object.entries(PERIODS).map(([name, label]) => (
          <option key={name} value={name}>
            {label}
          </option>
        ))}
        <option value="custom">Other days…</option>
      </select>
      {(isCustom || period === undefined) && (
        <span className={styles.days}>
          <label className="visually-hidden" htmlFor={startId}>
            First day
          </label>
          <input id={startId} type="date" value={days.start} onChange={({ target }) => set({ start: target.value })} />
          <span aria-hidden="true">–</span>
          <label className="visually-hidden" htmlFor={endId}>
            Last day
          </label>
          <input id={endId} type="date" value={days.end} onChange={({ target }) => set({ end: target.value })} />
        </span>
      )}
    </>
  );
}

export function FilterChips({ question: { filters, change } }: { question: Question }) {
  const chips = FILTERS.flatMap((name) => (filters[name] ?? []).map((value) => ({ name, value })));
  if (chips.length === 0) return null;
  const without = (name: FilterName, value: string): void => {
    const left = (filters[name] ?? []).filter((one) => one !== value);
    change({ [name]: left.length === 0 ? undefined : left });
  };
  return (
    <ul className={styles.chips} aria-label="Filters">
      {chips.map(({ name, value }) => (
        <li key={`${name} ${value}`} className={styles.chip}>
          <span className={styles.chipName}>{name}</span> <bdi>{value === "" ? "none" : value}</bdi>
          <button
            type="button"
            onClick={() => without(name, value)}
            aria-label={`Remove the filter ${name} ${value === "" ? "none" : value}`}
          >
            ×
          </button>
        </li>
      ))}
    </ul>
  );
}

const MOST_SUGGESTED = 200;

export function FilterAdder({ question, filters }: { question: Question; filters: readonly FilterName[] }) {
  const [name, setName] = useState<FilterName | undefined>();
  const [value, setValue] = useState("");
  const listId = useId();
  const { days, change } = question;
  const known = useCosts(
    { ...days, group_by: name ?? "team", sort: "cost", limit: MOST_SUGGESTED },
    { isWanted: name !== undefined && name !== "key" && name !== "session" },
  );
  const close = (): void => {
    setName(undefined);
    setValue("");
  };
  if (name === undefined) {
    return (
      <select aria-label="Add a filter" className={styles.select} value="" onChange={({ target }) => setName(target.value as FilterName)}>
        <option value="">+ Filter</option>
        {filters.map((one) => (
          <option key={one} value={one}>
            {one}
          </option>
        ))}
      </select>
    );
  }
  const names = (known.data?.groups ?? []).map((row) => (row as unknown as Record<string, unknown>)[name]);
  return (
    <form
      className={styles.adder}
      onSubmit={(event) => {
        event.preventDefault();
        change({ [name]: [...new Set([...(question.filters[name] ?? []), value.trim()])] });
        close();
      }}
    >
      <label>
        <span className={styles.chipName}>{name}</span>{" "}
        <input
          // biome-ignore lint/a11y/noAutofocus: it appears because somebody has just asked to type here
          autoFocus
          list={listId}
          value={value}
          placeholder="empty: without one"
          onChange={({ target }) => setValue(target.value)}
          onKeyDown={({ key }) => key === "Escape" && close()}
        />
      </label>
      <datalist id={listId}>{names.map((one) => typeof one === "string" && <option key={one} value={one} />)}</datalist>
      <Button type="submit">Add</Button>
      <Button onClick={close}>Cancel</Button>
    </form>
  );
}
