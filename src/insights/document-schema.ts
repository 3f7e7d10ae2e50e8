/** The JSON Schemas of documents: loaded when the first one is asked for, because few who ask for a document ask for its schema. */
import type { DocumentName } from "./schemas/document-names.ts";
import type { JsonSchema } from "./schemas/vocabulary.ts";

/**
 * The JSON Schema (draft 2020-12) that documents of this name follow.
 *
 * @example
 * ```ts
 * import { documentSchema } from "tokenledger/insights";
 * const { title, required } = await documentSchema("report");
 * title; // => "tokenledger.report/1"
 * (required as string[]).includes("totals"); // => true
 * ```
 */
export async function documentSchema(name: DocumentName): Promise<JsonSchema> {
  return (await import("./schemas/catalogue.ts")).SCHEMAS[name];
}
