/**
 * Draws the pictures of docs/analysis from what the built package computes: the same bytes each time.
 *
 *     npm run build && node scripts/pictures.mjs
 *
 * A new picture is a function that gives an SVG text, under its file's name in one of the lists of scripts/pictures/; a test
 * compares what is drawn now with what is committed.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { argv } from "node:process";
import { fileURLToPath } from "node:url";
import { billPictures, graphPictures } from "./pictures/bills.mjs";
import { forecastPictures } from "./pictures/forecast.mjs";
import { seriesPictures } from "./pictures/series.mjs";
import { waveletPictures } from "./pictures/wavelets.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const folder = "docs/analysis/pictures";

/** Path → SVG text of every picture. */
export function drawPictures() {
  const lists = [waveletPictures, seriesPictures, billPictures, graphPictures, forecastPictures];
  return Object.fromEntries(lists.flatMap((list) => Object.entries(list)).map(([name, draw]) => [`${folder}/${name}.svg`, draw()]));
}

if (argv[1] === fileURLToPath(import.meta.url)) {
  mkdirSync(join(root, folder), { recursive: true });
  for (const [path, text] of Object.entries(drawPictures())) writeFileSync(join(root, path), text);
}
