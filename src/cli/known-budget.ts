/** A budget's name as it was typed. */
import { InvalidInput, oneOf, quoteValue } from "../errors.ts";

/** The name among those of the book's budgets, or a refusal that names them. */
export function knownBudget(typed: string, known: readonly string[]): string {
  const name = typed.normalize("NFC");
  if (known.length === 0)
    throw new InvalidInput(`There is no budget ${quoteValue(name)}; the book has none. tokenledger budget set makes one.`);
  return oneOf("The budget", name, known);
}
