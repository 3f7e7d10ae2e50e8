/** The licences of the libraries that are in the built pages, in one file beside them: most ask that their text goes along. */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, sep } from "node:path";
import type { Plugin, Rolldown } from "vite";

interface Library {
  name: string;
  version: string;
  license?: string;
}

/** Licences proper, what Apache-2.0 calls a notice, and those of parts that a library has taken over itself. */
const LICENCE_FILE = /^(?:licen[cs]es?|copying|notice|copyrightnotice)(?:[.-].*)?$/i;
const FOLDER_OF_PARTS = "licenses";

/** Only what is left after unused code is taken away counts. */
export function bundledLicences(fileName: string): Plugin {
  return {
    name: "bundled-licences",
    apply: "build",
    generateBundle(_options, bundle) {
      const folders = new Set(modulesIn(bundle).flatMap((id) => libraryFolder(id) ?? []));
      const texts = [...folders].map(licenceText).sort();
      this.emitFile({ type: "asset", fileName, source: `${HEADING}\n\n${[...new Set(texts)].join(`\n\n${RULE}\n\n`)}\n` });
    },
  };
}

const HEADING = "TokenLedger's dashboard contains the libraries below, each under its own licence.";
const RULE = "=".repeat(80);

function modulesIn(bundle: Rolldown.OutputBundle): string[] {
  return Object.values(bundle).flatMap((file) => (file.type === "chunk" ? file.moduleIds : []));
}

/** The folder of the library that a module belongs to; undefined for our own. */
function libraryFolder(moduleId: string): string | undefined {
  const path = moduleId.replace(/\?.*$/, "").replaceAll("/", sep);
  const inside = path.lastIndexOf(`${sep}node_modules${sep}`);
  if (inside === -1) return undefined;
  const start = inside + `${sep}node_modules${sep}`.length;
  const [first = "", second = ""] = path.slice(start).split(sep);
  return path.slice(0, start) + (first.startsWith("@") ? join(first, second) : first);
}

/** @throws where a library comes without a licence's text: then it must not be shipped before somebody has looked */
function licenceText(folder: string): string {
  const { name, version, license = "" } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Library;
  const paths = readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (entry.isFile()) return LICENCE_FILE.test(entry.name) ? [entry.name] : [];
    return entry.name === FOLDER_OF_PARTS ? readdirSync(join(folder, entry.name)).map((part) => join(entry.name, part)) : [];
  });
  if (paths.length === 0) throw new Error(`${name} ${version} is bundled, but ${dirname(folder)} holds no text of its licence.`);
  const texts = paths.sort().map((path) => readFileSync(join(folder, path), "utf8").trim());
  return [`${name} ${version} (${license})`, ...texts].join("\n\n");
}
