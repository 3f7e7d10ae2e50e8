/** What the importers of exports share: a file of theirs is read whole, and each value or row of it is a record, several, or none. */
import type { UsageRecord } from "../../usage/index.ts";
import type { Importer, ImportOptions } from "../importer.ts";
import type { CsvRow } from "../reading/csv-rows.ts";
import type { Mend } from "../reading/fields.ts";
import { visitSafely } from "../reading/json-values.ts";
import { wasReadWith } from "../reading/options-key.ts";
import { readExport } from "../reading/read-export.ts";
import { oncePerFile } from "./warnings.ts";

/** What is known where a record is made. */
export interface ExportPlace {
  options: ImportOptions;
  /** Tells, once per file, that something was mended or guessed. */
  warn: Mend;
}

/** One kind of export. A record that is undefined is rightly none; what is thrown as InvalidInput or TypeError is a problem of the line. */
export interface ExportFormat {
  source: string;
  title: string;
  /** What the beginning of such a file holds and no other source's does. Absent: it can't be told. */
  signs?: RegExp;
  /** Names under which a page of JSON keeps its records. */
  lists?: readonly string[];
  /** The parts of one value that are records each, and fail each for itself. Absent where a value is one record. */
  partsOf?(value: unknown): readonly unknown[];
  /** Takes a value, or a part of one. Absent where there is no JSON form. */
  ofValue?(value: unknown, place: ExportPlace): UsageRecord | undefined;
  /** In place of `ofValue`: sees the first value, and throws InvalidInput where the file is none of this export; the rest is passed over then. */
  ofValues?(first: unknown, place: ExportPlace): TakeValue;
  /** Sees the headings, and throws InvalidInput where they are not those of this export. Absent where there is no CSV form. */
  ofCsv?(headings: readonly string[], place: ExportPlace): (row: CsvRow, place: ExportPlace) => UsageRecord | undefined;
}

type TakeValue = (value: unknown, place: ExportPlace) => UsageRecord | undefined;

const JSON_NAME = /\.(?:json|jsonl|ndjson)(?:\.gz)?$/i;
const CSV_NAME = /\.(?:csv|tsv)(?:\.gz)?$/i;

/** The importer of an export format. */
export function exportImporter(format: ExportFormat): Importer {
  const { signs, ofValue, ofValues, ofCsv, lists, partsOf } = format;
  const readsJson = ofValue !== undefined || ofValues !== undefined;
  return {
    source: format.source,
    title: format.title,
    growth: "whole",
    roots: () => [],
    accepts: (path) => (readsJson && JSON_NAME.test(path)) || (ofCsv !== undefined && CSV_NAME.test(path)),
    ...(signs && { recognises: (beginning) => signs.test(beginning) }),
    wasReadWith,
    read(file, { sink, options }) {
      const warn = oncePerFile(sink);
      const placeOf = (line: number): ExportPlace => ({ options, warn: (reason) => warn(line, reason) });
      const take = (record: UsageRecord | undefined, line: number): void => {
        if (record === undefined) {
          sink.skip();
          return;
        }
        sink.record(record, line);
      };
      /** Null once the file's first value has been refused. */
      let takeValue: TakeValue | null | undefined = ofValue;
      const visitValue = (value: unknown, line: number): void => {
        if (takeValue === undefined) {
          takeValue = null;
          takeValue = ofValues?.(value, placeOf(line));
        }
        if (!takeValue) return;
        for (const part of partsOf?.(value) ?? [value]) visitSafely(sink, line, () => take(takeValue?.(part, placeOf(line)), line));
      };
      return readExport(
        file,
        { sink, options },
        {
          ...(lists && { lists }),
          ...(readsJson && { value: visitValue }),
          ...(ofCsv && {
            csv: (headings) => {
              const ofRow = ofCsv(headings, placeOf(1));
              return (row, line) => take(ofRow(row, placeOf(line)), line);
            },
          }),
        },
      );
    },
  };
}
