/** The key of the book's secrets, from the environment: itself, or in a file, as containers hand secrets over. */
import { resolve } from "node:path";
import type { Machine } from "../config/index.ts";
import { InvalidInput } from "../errors.ts";
import type { LedgerOptions } from "../ledger/index.ts";

const KEY = "TOKENLEDGER_SECRET_KEY";
const KEY_FILE = "TOKENLEDGER_SECRET_KEY_FILE";

/** Empty where neither is set. @throws InvalidInput where both are, ConfigError where the file can't be read */
export async function secretKeyOf({
  variables,
  workingDirectory,
}: Pick<Machine, "variables"> & { workingDirectory: string }): Promise<Pick<LedgerOptions, "secretKey">> {
  const { [KEY]: key, [KEY_FILE]: path } = variables;
  if (key !== undefined && path !== undefined) throw new InvalidInput(`Both ${KEY} and ${KEY_FILE} are set; set one of them.`);
  if (path === undefined) return key === undefined ? {} : { secretKey: key };
  if (path === "") throw new InvalidInput(`${KEY_FILE} is empty; give the path of the file with the key.`);
  const { readTextFile } = await import("../config/index.ts");
  return { secretKey: readTextFile(resolve(workingDirectory, path), path).trim() };
}
