/** What works on one open book share. */
import type { Clock } from "../../../clock.ts";
import type { BookConnection } from "./connection.ts";
import type { Dictionary } from "./dictionary.ts";
import type { Partitions } from "./partitions.ts";
import type { RowNumbers } from "./row-numbers.ts";
import type { Writer } from "./writer.ts";

export interface BookParts {
  clock: Clock;
  connection: BookConnection;
  dictionary: Dictionary;
  partitions: Partitions;
  numbers: RowNumbers;
  writer: Writer;
}
