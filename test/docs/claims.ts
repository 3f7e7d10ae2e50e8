/**
 * Makes an example checkable: in a line such as `formatUsd(200000000n); // => "0.2"` the value after the arrow is
 * compared with what the statement gives. An object that ends with `…` is compared as far as it goes.
 */
import ts from "typescript";

const ARROW = /^\/\/\s*=>\s*(.+?)\s*$/;

/** The example as a module that throws where a claim is not kept, and the number of its claims. */
export function withClaims(code: string): { code: string; claims: number } {
  const source = ts.createSourceFile("example.ts", code, ts.ScriptTarget.ES2022, true);
  const edits: { at: number; remove: number; insert: string }[] = [];
  let claims = 0;
  const claim = (statement: ts.Statement, subject: ts.Node | undefined): void => {
    const comment = ts.getTrailingCommentRanges(code, statement.end)?.[0];
    const expected = comment && ARROW.exec(code.slice(comment.pos, comment.end))?.[1];
    if (expected === undefined || subject === undefined) return;
    claims += 1;
    const partial = /,?\s*…\s*(?=[}\]]$)/.test(expected);
    const value = expected.replace(/,?\s*…\s*(?=[}\]]$)/, "");
    const line = source.getLineAndCharacterOfPosition(statement.getStart()).line + 1;
    const after = `; __claim((${ts.isIdentifier(subject) ? subject.text : "__value"}), (${value}), ${partial}, ${line});`;
    if (ts.isIdentifier(subject) && ts.isVariableStatement(statement)) {
      edits.push({ at: statement.end, remove: 0, insert: after });
    } else {
      edits.push({ at: subject.getStart(), remove: 0, insert: "{ const __value = (" });
      edits.push({ at: statement.end, remove: code[statement.end - 1] === ";" ? 1 : 0, insert: `)${after} }` });
    }
  };
  const visit = (node: ts.Node): void => {
    if (ts.isExpressionStatement(node)) claim(node, node.expression);
    else if (ts.isVariableStatement(node)) claim(node, node.declarationList.declarations[0]?.name);
    ts.forEachChild(node, visit);
  };
  visit(source);
  let changed = code;
  for (const { at, remove, insert } of edits.sort((a, b) => b.at - a.at))
    changed = changed.slice(0, at - remove) + insert + changed.slice(at);
  return { code: changed, claims };
}

/** What the claims call: a deep comparison, of the told fields only where the claim ends with `…`. */
export const CLAIM_CHECK = `import { deepStrictEqual as __same } from "node:assert/strict";
function __told(value: unknown, like: unknown): unknown {
  if (typeof like !== "object" || like === null || typeof value !== "object" || value === null) return value;
  if (Array.isArray(like)) return Array.isArray(value) ? value.slice(0, like.length).map((item, index) => __told(item, like[index])) : value;
  return Object.fromEntries(Object.keys(like).map((key) => [key, __told((value as Record<string, unknown>)[key], (like as Record<string, unknown>)[key])]));
}
function __claim(value: unknown, expected: unknown, partial: boolean, line: number): void {
  try {
    __same(partial ? __told(value, expected) : value, expected);
  } catch (error) {
    throw new Error("line " + line + " of the example: " + (error as Error).message);
  }
}
`;
