/**
 * YAML text → a small tree whose every value knows its line, so that each message can say where.
 * Strict: one document of the YAML 1.2 core schema, no custom tags, no duplicate keys, bounded size.
 */
import type { CST, LineCounter, Node } from "yaml";
import { quoteValue } from "../errors.ts";
import { configErrorAt, type Place } from "./place.ts";
import { expandVariables, lacksVariable, type Variables } from "./variables.ts";

export interface ScalarNode {
  kind: "scalar";
  place: Place;
  value: string | number | boolean | null;
  /** The value's text, variables filled in: `500.10` stays `500.10` where `value` is 500.1. */
  text: string;
  /** As the file has it: what messages may show, for a variable's value may be a secret. */
  shown: string;
  /** Variables were filled in, so a number or boolean arrives as text. */
  filledIn: boolean;
}

export interface ListNode {
  kind: "list";
  place: Place;
  items: ConfigNode[];
}

export interface MapNode {
  kind: "map";
  place: Place;
  entries: Map<string, { place: Place; node: ConfigNode }>;
  /** How messages name an entry, where the map comes from elsewhere than a file. */
  nameOf?: (key: string) => string;
  /** Keys that may be lacking, and are, because a variable is not set. */
  leftOut?: Set<string>;
}

/** Whether the value at this path may be lacking where its variable is not set. */
type MayLack = (path: readonly string[]) => boolean;

export type ConfigNode = ScalarNode | ListNode | MapNode;

/** A configuration has dozens of values, a large price file thousands; aliases can make billions of a few lines. */
const MAX_VALUES = 100_000;
const MAX_DEPTH = 32;
/** The parser stacks up to two tokens for each level. */
const MAX_PARSER_DEPTH = 2 * MAX_DEPTH + 4;
const TOO_DEEP = `values are nested too deeply; at most ${MAX_DEPTH} levels are read.`;
const CORE_TAG = /^tag:yaml\.org,2002:(?:str|int|float|bool|null|map|seq)$/;

/** The file's tree; undefined where the file says nothing. */
export async function parseYaml(text: string, file: string, variables: Variables, mayLack?: MayLack): Promise<ConfigNode | undefined> {
  const yaml = await import("yaml");
  const lines = new yaml.LineCounter();
  const composer = new yaml.Composer({ schema: "core", version: "1.2", merge: false, stringKeys: true, uniqueKeys: false });
  const [document, second] = composer.compose(boundedTokens(text, file, yaml, lines), true, text.length);
  const problem = document?.errors[0] ?? document?.warnings[0];
  if (problem) throw configErrorAt(placeAt(problem.pos[0], file, lines), explain(problem.code, problem.message));
  if (second) throw configErrorAt(placeAt(second.range[0], file, lines), "a second YAML document begins here; one file is one document.");
  if (!document?.contents) return undefined;
  const tree = readNode(document.contents, { yaml, anchors: new Map(), lines, file, variables, mayLack, values: 0 }, 0, []);
  return tree.kind === "scalar" && tree.value === null ? undefined : tree;
}

/**
 * The parser's tokens, its own stack kept shallow: what follows is recursive, and a hundred thousand brackets would
 * not only exhaust the call stack but end the process, where a regular expression is compiled near its end.
 */
function* boundedTokens(text: string, file: string, yaml: typeof import("yaml"), lines: LineCounter): Generator<CST.Token> {
  const parser = new yaml.Parser(lines.addNewLine);
  lines.addNewLine(0);
  for (const lexeme of new yaml.Lexer().lex(text)) {
    if (parser.stack.length > MAX_PARSER_DEPTH) throw configErrorAt(placeAt(parser.offset, file, lines), TOO_DEEP);
    yield* parser.next(lexeme);
  }
  yield* parser.end();
}

interface Reader {
  yaml: typeof import("yaml");
  /** What each anchor names so far: looking one up in the document takes a walk through all of it. */
  anchors: Map<string, Node>;
  lines: LineCounter;
  file: string;
  variables: Variables;
  mayLack: MayLack | undefined;
  values: number;
}

function readNode(written: Node | null, reader: Reader, depth: number, path: readonly string[]): ConfigNode {
  const { yaml } = reader;
  const place = placeAt(written?.range?.[0] ?? 0, reader.file, reader.lines);
  reader.values += 1;
  if (reader.values > MAX_VALUES) throw configErrorAt(place, `this file has more than ${MAX_VALUES} values once its aliases are followed.`);
  if (depth > MAX_DEPTH) throw configErrorAt(place, TOO_DEEP);
  if (yaml.isAlias(written)) {
    // An alias inside what it names would never end; the depth limit ends it.
    const target = reader.anchors.get(written.source);
    if (!target) throw configErrorAt(place, `the alias *${written.source} has no anchor before it.`);
    return readNode(target, reader, depth + 1, path);
  }
  if (written?.anchor !== undefined) reader.anchors.set(written.anchor, written);
  if (written?.tag !== undefined && !CORE_TAG.test(written.tag)) {
    throw configErrorAt(place, `the tag ${quoteValue(written.tag)} is not accepted; only plain YAML values are.`);
  }
  if (yaml.isMap(written)) {
    const map: MapNode = { kind: "map", place, entries: new Map() };
    for (const { key, value } of written.items) {
      const name = yaml.isScalar(key) ? key : undefined;
      const keyPlace = placeAt(name?.range?.[0] ?? 0, reader.file, reader.lines);
      if (name === undefined || typeof name.value !== "string" || name.value === "") {
        throw configErrorAt(keyPlace, "a key must be text.");
      }
      if (name.value === "__proto__") throw configErrorAt(keyPlace, `the key ${quoteValue(name.value)} is not accepted.`);
      const earlier = map.entries.get(name.value);
      if (earlier) {
        throw configErrorAt(
          keyPlace,
          `the key ${quoteValue(name.value)} stands twice, first on line ${earlier.place.line}; keep one of them.`,
        );
      }
      const valuePath = [...path, name.value];
      const isText = yaml.isScalar(value) && typeof value.value === "string";
      if (isText && reader.mayLack?.(valuePath) && lacksVariable(String(value.value), reader.variables)) {
        map.leftOut = (map.leftOut ?? new Set()).add(name.value);
        continue;
      }
      map.entries.set(name.value, { place: keyPlace, node: readNode(value as Node | null, reader, depth + 1, valuePath) });
    }
    return map;
  }
  if (yaml.isSeq(written)) {
    const items = written.items.map((item, index) => readNode(item as Node | null, reader, depth + 1, [...path, String(index)]));
    return { kind: "list", place, items };
  }
  const value = yaml.isScalar(written) ? (written.value as string | number | boolean | null) : null;
  const source = yaml.isScalar(written) ? (written.source ?? String(value ?? "")) : "";
  if (typeof value !== "string") return { kind: "scalar", place, value, text: source, shown: source, filledIn: false };
  const { text, filledIn } = expandVariables(value, reader.variables, place);
  return { kind: "scalar", place, value: text, text, shown: value, filledIn };
}

function placeAt(offset: number, file: string, lines: LineCounter): Place {
  const { line, col } = lines.linePos(offset);
  return { file, line: Math.max(line, 1), column: Math.max(col, 1) };
}

/** The parser's sentence, in ours where its own would puzzle. It may quote the file, which may hold a secret: cut. */
function explain(code: string, message: string): string {
  if (code === "TAB_AS_INDENT") return "a tab can't indent YAML; use spaces.";
  if (code === "TAG_RESOLVE_FAILED")
    return `a tag is not accepted; only plain YAML values are (${message.replace(/\s+/g, " ").slice(0, 80)}).`;
  if (/Alias cannot be an empty string/.test(message)) return 'a * that stands for itself must be in quotes: "*".';
  if (/Nested mappings/.test(message)) return "a value can't hold a colon at its end or before a space; put it in quotes.";
  return `this is not valid YAML: ${message.replace(/\s+/g, " ").slice(0, 120)}.`;
}

/** The tree as plain values, for readers that want no places: price files. */
export function plainValue(node: ConfigNode): unknown {
  if (node.kind === "list") return node.items.map(plainValue);
  if (node.kind === "map") return Object.fromEntries(Array.from(node.entries, ([key, { node: value }]) => [key, plainValue(value)]));
  return node.value;
}
