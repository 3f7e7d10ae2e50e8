/** How wide the screen is, and whether it shows colours. */
import { isatty } from "node:tty";
import type { ScreenStyle } from "./answer.ts";
import { type ColourChoice, styleWith, wantsColour } from "./colour.ts";
import type { Output } from "./output.ts";

type Variables = Readonly<Record<string, string | undefined>>;

const STDOUT = 1;
const USUAL_WIDTH = 80;

export function screenStyle(choice: ColourChoice, variables: Variables, output: Output): ScreenStyle {
  const isTerminal = output.isStandard && isatty(STDOUT);
  const colour = wantsColour(choice, variables, isTerminal);
  return {
    width: screenWidth(variables, isTerminal),
    bold: styleWith(colour, "bold"),
    dim: styleWith(colour, "dim"),
    warn: styleWith(colour, "yellow"),
    good: styleWith(colour, "green"),
    bad: styleWith(colour, "red"),
  };
}

/** COLUMNS wins; a file or a pipe has no width. */
function screenWidth(variables: Variables, isTerminal: boolean): number {
  const told = Number(variables.COLUMNS);
  if (Number.isSafeInteger(told) && told > 0) return told;
  // A terminal that does not know its width says 0.
  return isTerminal ? process.stdout.columns || USUAL_WIDTH : Number.POSITIVE_INFINITY;
}
