/** docs/pricing/sources.md: what the book was made from, and where the sources disagree. */
import { FURTHER_SOURCES } from "./corrections.mjs";
import { SOURCES } from "./read-snapshots.mjs";

const PROVIDERS_SHOWN = ["anthropic", "openai", "google", "mistral", "deepseek", "xai", "groq", "cohere", "moonshot", "qwen", "zai"];

export function sourcesPage(entries, disagreements) {
  const providers = [...new Set(entries.map(({ provider }) => provider))];
  const rows = providers.map((provider) => {
    const own = entries.filter((entry) => entry.provider === provider);
    const single = own.filter(({ sources }) => sources.length === 1).length;
    return `| ${provider} | ${new Set(own.map(({ model }) => model)).size} | ${own.length} | ${own.length - single} | ${single} |`;
  });
  const shown = disagreements.filter(({ provider }) => PROVIDERS_SHOWN.includes(provider));
  return `# Where the prices come from

This page is written by \`scripts/price-book.mjs\`. Prices are facts; the choice among them is ours.

## Sources
| source | read on |
|---|---|
${[...SOURCES, ...FURTHER_SOURCES].map(({ name, date }) => `| ${name} | ${date} |`).join("\n")}

A price is taken when two sources agree on input and output within 1 %. Where they split, the larger group wins, and in a tie the
group of the source that stands higher in the table. A price with one source is flagged: \`pricing show MODEL --explain\` says
\`single source\`. Decisions by hand stand, each with its reason, in \`scripts/price-book/corrections.mjs\`.

## What is in the book
| provider | models | dated entries | confirmed by two sources or more | single source |
|---|---|---|---|---|
${rows.join("\n")}

## Where a source disagrees with the book (makers of models)
USD for a million tokens, input / output. Most are prices of another date or of another host.

| model | the book | agreeing | the other source |
|---|---|---|---|
${shown.map(({ provider, id, source, theirs, ours, ourSources }) => `| ${provider}/${id} | ${pair(ours)} | ${ourSources.join(", ")} | ${source}: ${pair(theirs)} |`).join("\n")}
`;
}

function pair({ input, output }) {
  return `${usd(input)} / ${usd(output)}`;
}

function usd(femto) {
  return femto === undefined ? "–" : String(Number((femto / 1e9).toPrecision(10)));
}
