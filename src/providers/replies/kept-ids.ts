/** What of a reply the provider keeps under ids of its own, beside the reply itself: later requests can name it. */
import { type Fields, fieldsAt, isFields, textAt } from "./counts.ts";

/** No answer has so many parts; what has is named by nobody. */
const MOST_IDS = 1_000;

/** With the ids of the items of a response, and of the sound of a chat's answers. @param known undefined: none yet */
export function withKeptIds(event: Fields, known: ReadonlySet<string> | undefined): ReadonlySet<string> | undefined {
  const parts = keptParts(event);
  if (parts.length === 0) return known;
  const ids = new Set(known);
  for (const part of parts) {
    const id = isFields(part) ? textAt(part, "id") : undefined;
    if (id !== undefined && ids.size < MOST_IDS) ids.add(id);
  }
  return ids;
}

const NONE: readonly unknown[] = [];

function keptParts(event: Fields): readonly unknown[] {
  const { choices } = event;
  if (Array.isArray(choices)) return choices.some(hasSound) ? choices.map(soundOf) : NONE;
  const { output } = isFields(event.response) ? event.response : event;
  if (Array.isArray(output)) return output;
  return event.type === "response.output_item.done" ? [event.item] : NONE;
}

function hasSound(choice: unknown): boolean {
  return soundOf(choice) !== undefined;
}

function soundOf(choice: unknown): unknown {
  if (!isFields(choice)) return undefined;
  return (isFields(choice.delta) ? choice.delta : fieldsAt(choice, "message")).audio;
}
