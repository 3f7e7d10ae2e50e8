/** Where a value stands, for messages. */
import { ConfigError } from "../errors.ts";

/** Line and column count from 1. */
export interface Place {
  file: string;
  line: number;
  column: number;
}

/** An error about a place in a file: `tokenledger.yaml:12:9: …`. */
export function configErrorAt(place: Place, message: string): ConfigError {
  return new ConfigError(`${place.file}:${place.line}:${place.column}: ${message}`);
}
