/** Whether to colour, and with what. */
import { styleText } from "node:util";

export type ColourChoice = "auto" | "always" | "never";

/** The user's word first, then NO_COLOR, FORCE_COLOR, CLICOLOR and TERM, then whether a person is looking. */
export function wantsColour(choice: ColourChoice, variables: Readonly<Record<string, string | undefined>>, isTerminal: boolean): boolean {
  if (choice !== "auto") return choice === "always";
  if (variables.NO_COLOR) return false;
  if (variables.FORCE_COLOR !== undefined) return variables.FORCE_COLOR !== "0" && variables.FORCE_COLOR !== "false";
  if (variables.CLICOLOR_FORCE !== undefined && variables.CLICOLOR_FORCE !== "0") return true;
  if (variables.CLICOLOR === "0" || variables.TERM === "dumb") return false;
  return isTerminal;
}

/** Styles a text that may span lines; without colour it stays as it is. */
export function styleWith(colour: boolean, name: "bold" | "dim" | "yellow" | "green" | "red"): (text: string) => string {
  return colour ? (text) => styleText(name, text, NO_VALIDATION) : (text) => text;
}

/** Newer Node would decide by the stream; the decision is ours. */
const NO_VALIDATION: { validateStream: boolean } = { validateStream: false };
