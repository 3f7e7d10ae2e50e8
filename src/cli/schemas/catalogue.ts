/** Every document that is printed or answered as JSON, and the record form, by name. */
import { DOCUMENT_NAMES, type DocumentName, documentSchema, type JsonSchema } from "../../insights/index.ts";
import { doctorSchema, importSchema, priceProblemsSchema, repriceSchema, verifySchema } from "./book.ts";
import { serverSchema } from "./server.ts";

/** What the command tells of its own doings. */
type OwnName = "server" | "import" | "verify" | "reprice" | "price-problems" | "doctor";

const OWN_SCHEMAS: Readonly<Record<OwnName, JsonSchema>> = {
  server: serverSchema,
  import: importSchema,
  verify: verifySchema,
  reprice: repriceSchema,
  "price-problems": priceProblemsSchema,
  doctor: doctorSchema,
};

export type SchemaName = DocumentName | OwnName;

export const SCHEMA_NAMES: readonly SchemaName[] = [...DOCUMENT_NAMES, ...(Object.keys(OWN_SCHEMAS) as OwnName[])];

export async function schemaOf(name: SchemaName): Promise<JsonSchema> {
  return name in OWN_SCHEMAS ? OWN_SCHEMAS[name as OwnName] : documentSchema(name as DocumentName);
}
