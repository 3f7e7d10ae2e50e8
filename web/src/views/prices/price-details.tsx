/** All that a price entry says besides its usual rates. */
import type { PriceEntryDocument } from "tokenledger/insights";
import { RATES, ratesIn, thresholdText } from "./price-documents.ts";
import styles from "./prices.module.css";

/** Rates that stand in columns of their own. */
const IN_COLUMNS: readonly string[] = [RATES.input, RATES.output, RATES.cache_read, RATES.cache_write, RATES.cache_write_1h];

export function PriceDetails({ entry }: { entry: PriceEntryDocument }) {
  const {
    aliases = [],
    long_context: tiers = [],
    services = {},
    regions = {},
    sources,
    note,
    retired_on: retired,
    web_search_per_1k: search,
  } = entry;
  const others = ratesIn(entry).filter(([name]) => !IN_COLUMNS.includes(name));
  return (
    <details className={styles.details}>
      <summary>{summaryText(entry)}</summary>
      <ul className={styles.list}>
        {others.length > 0 && <li>{ratesText(others)}</li>}
        {tiers.map((tier) => (
          <li key={thresholdText(tier)}>
            {thresholdText(tier)}: {ratesText(ratesIn(tier))}
          </li>
        ))}
        {Object.entries(services).map(([name, service]) => (
          <li key={name}>
            service <bdi>{name}</bdi>: {service.factor} times
            {ratesIn(service).length > 0 && `; ${ratesText(ratesIn(service))}`}
          </li>
        ))}
        {Object.entries(regions).map(([name, factor]) => (
          <li key={name}>
            region <bdi>{name}</bdi>: {factor} times
          </li>
        ))}
        {search !== undefined && <li>${search} for a thousand web searches</li>}
        {retired !== undefined && <li>retired on {retired}</li>}
        {aliases.length > 0 && (
          <li>
            also called <bdi>{aliases.join(", ")}</bdi>
          </li>
        )}
        {note !== undefined && (
          <li>
            <bdi>{note}</bdi>
          </li>
        )}
        {sources.map(({ name, date }) => (
          <li key={`${name} ${date}`}>
            source <bdi>{name}</bdi>, {date}
          </li>
        ))}
      </ul>
    </details>
  );
}

function summaryText({ long_context: tiers, services, sources }: PriceEntryDocument): string {
  const parts = [
    ...(tiers === undefined ? [] : ["long context"]),
    ...(services === undefined ? [] : Object.keys(services)),
    sources.length === 1 ? "1 source" : `${sources.length} sources`,
  ];
  return parts.join(", ");
}

function ratesText(rates: readonly (readonly [string, string])[]): string {
  return rates.map(([name, usd]) => `${name} $${usd}`).join(", ");
}
