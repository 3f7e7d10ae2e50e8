/** Where a book on PostgreSQL is, from the URL that people write. */
import { closestWord, InvalidInput, quoteValue } from "../../../errors.ts";

export interface ServerAddress {
  /** For `pg`, with all that the URL says of the connection. */
  connectionString: string;
  schema: string;
  /** The address as messages may show it: no password, no parameters. */
  shown: string;
}

const DEFAULT_SCHEMA = "tokenledger";
const LONGEST_NAME_BYTES = 63;
const ACCEPTED = "give postgresql://user:password@host:5432/database";

/** @throws InvalidInput for an address that is none; what it holds is not repeated, it may be a password */
export function serverAddress(url: string): ServerAddress {
  let parsed: URL;
  try {
    parsed = new URL(url);
    for (const part of [parsed.username, parsed.password, parsed.pathname]) decodeURIComponent(part);
  } catch {
    throw new InvalidInput(
      `The address of the book is no well-formed PostgreSQL URL; ${ACCEPTED}, and write special characters of the password as %40 (@), %2F (/), %23 (#), %25 (%).`,
    );
  }
  const misspelt = [...parsed.searchParams.keys()].find((key) => key !== "schema" && closestWord(key, ["schema"]) !== undefined);
  if (misspelt !== undefined)
    throw new InvalidInput(`The address of the book has the parameter ${quoteValue(misspelt)}; did you mean schema?`);
  const schemas = parsed.searchParams.getAll("schema");
  const schema = schemas[0] ?? DEFAULT_SCHEMA;
  if (schemas.length > 1) throw new InvalidInput("The address of the book names its schema twice; give one ?schema=….");
  if (
    schema === "" ||
    schema.includes("\0") ||
    Buffer.byteLength(schema) > LONGEST_NAME_BYTES ||
    /^pg_|^information_schema$/i.test(schema)
  ) {
    throw new InvalidInput(
      `The book's schema can't be named ${quoteValue(schema)}; give a name of 1 to ${LONGEST_NAME_BYTES} bytes that does not begin with pg_.`,
    );
  }
  parsed.searchParams.delete("schema");
  const shown = `postgresql://${parsed.username ? `${parsed.username}@` : ""}${parsed.host}${parsed.pathname}`;
  return { connectionString: parsed.href, schema, shown: quoteValue(shown, 300) };
}
