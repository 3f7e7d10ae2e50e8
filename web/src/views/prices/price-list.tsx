/** Every price, searched and in pages: one's own before the bundled ones. */
import { useState } from "react";
import { Link } from "react-router";
import type { PriceEntryDocument } from "tokenledger/insights";
import { usePrices } from "../../api/answers.ts";
import { Button } from "../../parts/button.tsx";
import { type Column, DataTable } from "../../parts/data-table.tsx";
import { Field } from "../../parts/field.tsx";
import { Answer, Empty, Panel } from "../../parts/panel.tsx";
import { Badge } from "../../parts/zone-badge.tsx";
import type { Question } from "../../question/use-question.ts";
import { PriceDetails } from "./price-details.tsx";
import { datesText, originOf } from "./price-documents.ts";
import styles from "./prices.module.css";

const PAGE = 50;

export function PriceList({ question }: { question: Question }) {
  const search = question.word("search") ?? "";
  const provider = question.word("of") ?? "";
  return (
    <Panel isWide title="All prices" note="USD for a million tokens, exactly as they are known. Your own come before the bundled ones.">
      <div className={styles.asked}>
        <Field label="Model or another name of it">
          {(ties) => (
            <input
              {...ties}
              type="search"
              value={search}
              placeholder="a part of its name"
              onChange={({ target }) => question.change({ search: target.value === "" ? undefined : target.value }, { replace: true })}
            />
          )}
        </Field>
        <ProviderField key={provider} provider={provider} onChoose={(name) => question.change({ of: name === "" ? undefined : name })} />
      </div>
      <PricePages key={JSON.stringify([search, provider])} search={search} provider={provider} />
    </Panel>
  );
}

/** Asked for only once it is typed in full: half a name is no provider. */
function ProviderField({ provider, onChoose }: { provider: string; onChoose: (name: string) => void }) {
  const [name, setName] = useState(provider);
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        onChoose(name.trim());
      }}
    >
      <Field label="Provider">
        {(ties) => (
          <input
            {...ties}
            type="search"
            value={name}
            placeholder="such as anthropic"
            onChange={({ target }) => {
              setName(target.value);
              if (target.value === "") onChoose("");
            }}
            onBlur={() => name.trim() !== provider && onChoose(name.trim())}
          />
        )}
      </Field>
    </form>
  );
}

function PricePages({ search, provider }: { search: string; provider: string }) {
  /** The cursors of the pages before this one, and its own; the first page has none. */
  const [cursors, setCursors] = useState<readonly (string | undefined)[]>([undefined]);
  const cursor = cursors.at(-1);
  const explained = ({ model, provider: name }: PriceEntryDocument): string =>
    `?${new URLSearchParams({ ...(search && { search }), ...(provider && { of: provider }), explain_model: model, explain_provider: name })}`;
  const answer = usePrices({ limit: PAGE, search: search.trim() || undefined, provider: provider || undefined, cursor });
  return (
    <Answer answer={answer}>
      {({ prices, next_cursor: next }) =>
        prices.length === 0 ? (
          <Empty title="No price is known for that.">
            Your own prices are put into the book by tokenledger pricing update FILE. A model of another spelling may be found under its
            canonical name.
          </Empty>
        ) : (
          <>
            <DataTable caption="Prices" columns={columnsWith(explained)} rows={prices} rowKey={keyOf} />
            {(cursors.length > 1 || next) && (
              <nav className={styles.pages} aria-label="Pages of prices">
                <Button disabled={cursors.length === 1} onClick={() => setCursors(cursors.slice(0, -1))}>
                  Page before
                </Button>
                <span className={styles.small}>page {cursors.length}</span>
                <Button disabled={!next || answer.isPlaceholderData} onClick={() => next && setCursors([...cursors, next])}>
                  Next page
                </Button>
              </nav>
            )}
          </>
        )
      }
    </Answer>
  );
}

function keyOf(entry: PriceEntryDocument): string {
  return JSON.stringify([entry.provider, entry.model, entry.effective_from, entry.effective_to, entry.origin, entry.input, entry.output]);
}

function rate(title: string, field: "input" | "output" | "cache_read" | "cache_write" | "cache_write_1h"): Column<PriceEntryDocument> {
  return {
    key: field,
    title,
    isNumber: true,
    isForWideScreens: field.startsWith("cache"),
    cell: ({ [field]: usd }) => (usd === undefined ? <span className={styles.muted}>–</span> : <data value={usd}>${usd}</data>),
  };
}

const columnsWith = (explained: (entry: PriceEntryDocument) => string): readonly Column<PriceEntryDocument>[] => [
  {
    key: "model",
    title: "Model",
    cell: (entry) => (
      <>
        <Link to={explained(entry)} title="Explain a call's cost" preventScrollReset>
          <bdi>{entry.model}</bdi>
        </Link>
        <div className={styles.small}>
          <bdi>{entry.provider}</bdi>
        </div>
      </>
    ),
  },
  rate("input", "input"),
  rate("output", "output"),
  rate("cache read", "cache_read"),
  rate("cache write", "cache_write"),
  rate("write 1 h", "cache_write_1h"),
  {
    key: "dates",
    title: "Holds",
    cell: (entry) => {
      const origin = originOf(entry);
      return (
        <div className={styles.words}>
          {datesText(entry)} {origin !== undefined && <Badge tone={origin === "bundled" ? "plain" : "accent"}>{origin}</Badge>}
        </div>
      );
    },
  },
  { key: "more", title: "More", cell: (entry) => <PriceDetails entry={entry} /> },
];
