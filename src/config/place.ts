/** Where a value stands, for messages. */
import { ConfigError, InvalidInput, type TokenLedgerError } from "../errors.ts";

/** Line and column count from 1. */
export interface Place {
  /** Empty where the value comes from elsewhere than a file. */
  file: string;
  line: number;
  column: number;
}

/** An error about a place in a file: `tokenledger.yaml:12:9: …`; without a file, about what somebody gave. */
export function configErrorAt(place: Place, message: string): TokenLedgerError {
  if (place.file === "") return new InvalidInput(message);
  return new ConfigError(`${place.file}:${place.line}:${place.column}: ${message}`);
}

/** A warning about a line of a file. */
export function warningAt({ file, line }: Place, message: string): string {
  return file === "" ? message : `${file}:${line}: ${message}`;
}
