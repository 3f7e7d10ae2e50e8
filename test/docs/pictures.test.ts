import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { drawPictures } from "../../scripts/pictures.mjs";
import { root } from "../house/repository.ts";
import { markdownFiles, readProjectFile } from "./markdown.ts";

const folder = "docs/analysis/pictures";
const drawn = drawPictures();

describe("the pictures of the docs", () => {
  test("there are some, and none beside them", () => {
    expect(Object.keys(drawn).length).toBeGreaterThanOrEqual(4);
    expect(readdirSync(join(root, folder)).sort()).toEqual(
      Object.keys(drawn)
        .map((path) => path.slice(folder.length + 1))
        .sort(),
    );
  });

  test.each(Object.entries(drawn))("%s is what scripts/pictures.mjs draws now", (path, text) => {
    expect(existsSync(join(root, path))).toBe(true);
    expect(readFileSync(join(root, path), "utf8")).toBe(text);
    expect(text).not.toMatch(/NaN|undefined|Infinity/);
  });

  test("each is shown on a page, with words for those who can't see it", () => {
    const pages = markdownFiles().filter((path) => path.startsWith("docs/analysis/"));
    const shown = pages.map(readProjectFile).join("\n");
    const hidden = Object.keys(drawn).filter((path) => {
      const place = path.replace("docs/analysis/", "").replaceAll(".", "\\.");
      return !new RegExp(`!\\[[^\\]]{20,}\\]\\(${place}\\)`).test(shown);
    });
    expect(hidden).toEqual([]);
  });
});
