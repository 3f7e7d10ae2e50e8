/**
 * Makes the bundled price book from the snapshots in data/prices (TOKENLEDGER_DATA, or ../shared/data beside the
 * checkout): `npm run build && node scripts/price-book.mjs`. With --check it writes nothing and fails on a difference.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { mergeQuotes } from "./price-book/merge.mjs";
import { readSnapshots } from "./price-book/read-snapshots.mjs";
import { sourcesPage } from "./price-book/sources-page.mjs";
import { bookModule } from "./price-book/write-book.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Path → text of every generated file. `spelling` is the module src/pricing/spelling.ts. */
export function generatePriceBook(pricesFolder, spelling) {
  const { entries, disagreements } = mergeQuotes(readSnapshots(pricesFolder), spelling);
  return {
    "src/pricing/bundled-prices.generated.ts": bookModule(entries),
    "docs/pricing/sources.md": sourcesPage(entries, disagreements),
  };
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const folder = join(process.env.TOKENLEDGER_DATA ?? resolve(root, "../shared/data"), "prices");
  const spelling = join(root, "dist", "pricing", "spelling.js");
  if (!existsSync(folder) || !existsSync(spelling)) {
    console.error(`price-book: needs the snapshots (TOKENLEDGER_DATA) and a build (npm run build); looked for ${folder} and ${spelling}.`);
    process.exit(2);
  }
  const files = generatePriceBook(folder, await import(pathToFileURL(spelling).href));
  for (const [path, text] of Object.entries(files)) {
    const target = join(root, path);
    const same = existsSync(target) && readFileSync(target, "utf8") === text;
    if (process.argv.includes("--check")) {
      if (!same) {
        console.error(`price-book: ${path} is not what the snapshots give.`);
        process.exitCode = 1;
      }
    } else if (!same) {
      writeFileSync(target, text);
      console.error(`price-book: wrote ${path} (${text.length} characters).`);
    }
  }
}
