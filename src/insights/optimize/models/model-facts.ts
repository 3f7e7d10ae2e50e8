/** What models can take, as far as anybody says. */
import { MODEL_FACTS } from "./model-facts.generated.ts";

export interface ModelFacts {
  contextTokens: number;
  /** The longest answer. */
  outputTokens?: number;
  reasons?: boolean;
  callsTools?: boolean;
  seesPictures?: boolean;
  /** Day of UTC: 2026-05-01. */
  releasedOn?: string;
}

let facts: Map<string, ModelFacts> | undefined;

/** @param model its canonical id */
export function factsOf(model: string): ModelFacts | undefined {
  facts ??= new Map(MODEL_FACTS.split("\n").map(readLine));
  return facts.get(model);
}

function readLine(line: string): [model: string, ModelFacts] {
  const [model = "", context, output, letters = "", releasedOn = "-"] = line.split(" ");
  const has = (letter: string): boolean | undefined =>
    letters.includes(letter) ? true : letters.includes(letter.toUpperCase()) ? false : undefined;
  const [reasons, callsTools, seesPictures] = ["r", "t", "v"].map(has);
  return [
    model,
    {
      contextTokens: Number(context),
      ...(output !== "-" && { outputTokens: Number(output) }),
      ...(reasons !== undefined && { reasons }),
      ...(callsTools !== undefined && { callsTools }),
      ...(seesPictures !== undefined && { seesPictures }),
      ...(releasedOn !== "-" && { releasedOn }),
    },
  ];
}
