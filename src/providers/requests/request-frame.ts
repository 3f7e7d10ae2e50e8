/** What all readers of JSON requests work on. */
import type { Operation } from "../operation.ts";
import { InputWeight } from "./input-weight.ts";
import type { JsonDocument } from "./json-document.ts";

export interface RequestFrame {
  operation: Operation;
  document: JsonDocument;
  /** The object that is the request: the whole body, or one of a batch. */
  root: number;
  fields: ReadonlyMap<string, number>;
  weight: InputWeight;
  modelInPath: string | undefined;
  isStreamPath: boolean;
}

export function frameOf(
  operation: Operation,
  document: JsonDocument,
  fields: ReadonlyMap<string, number>,
  path: { modelInPath?: string | undefined; isStreamPath?: boolean | undefined },
  root = 0,
): RequestFrame {
  return {
    operation,
    document,
    root,
    fields,
    weight: new InputWeight(),
    modelInPath: path.modelInPath,
    isStreamPath: path.isStreamPath ?? false,
  };
}
