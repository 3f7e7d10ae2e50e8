/** Where a stream stands: what a proper end has to know if it is cut here. */
import type { Seen } from "../reading.ts";
import { type Fields, isFields } from "./counts.ts";

/** Brings `seen` up to date. True where a block has begun or ended. */
export function placeInStream(event: Fields, seen: Seen): boolean {
  const { choices, type, index, sequence_number: sequenceNumber } = event;
  if (isPosition(sequenceNumber)) seen.sequenceNumber = sequenceNumber;
  if (Array.isArray(choices)) {
    for (const choice of choices) {
      if (isFields(choice) && isPosition(choice.index) && choice.index >= (seen.choices ?? 0)) seen.choices = choice.index + 1;
    }
    return false;
  }
  if (type === "content_block_start" && isPosition(index)) seen.openBlock = index;
  else if (type === "content_block_stop") delete seen.openBlock;
  else return false;
  return true;
}

function isPosition(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
