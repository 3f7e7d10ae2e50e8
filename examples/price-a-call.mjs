// What does one call cost? Run `npm run build` once, then `node examples/price-a-call.mjs`.
import { formatUsd, priceBook } from "tokenledger";

const book = priceBook();
const cost = book.cost({
  provider: "anthropic",
  model: "claude-sonnet-4-5-20250929",
  at: "2026-01-15T12:00:00Z",
  // `input` is the whole prompt, cached tokens included.
  tokens: { input: 20_010, output: 500, cacheWrite1h: 20_000 },
});

if ("unpriced" in cost) console.log(`No price: ${cost.reason}`);
else console.log(`$${formatUsd(cost.costNanoUsd)}`);

const unknown = book.cost({ provider: "openai", model: "no-such-model", tokens: { input: 1 } });
console.log("unpriced" in unknown ? "unknown is not zero: it is unpriced" : unknown.costUsd);

/* Prints:
$0.12753
unknown is not zero: it is unpriced
*/
