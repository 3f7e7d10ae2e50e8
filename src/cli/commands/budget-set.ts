/** `tokenledger budget set` and `budget remove` */
import { existsSync } from "node:fs";
import { isDeepStrictEqual } from "node:util";
import type { BudgetDefinition } from "../../budget/index.ts";
import { InvalidInput, oneOf, quoteValue } from "../../errors.ts";
import { COMMAND } from "../actor.ts";
import { definitionsAnswer } from "../answers/budget-list-answer.ts";
import { addBudgetOptions, type BudgetOptions, budgetFrom } from "../budget-options.ts";
import { type CommandContext, runs } from "../command-context.ts";
import type { Command } from "../command-line.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";

export function defineSet(command: Command): void {
  command
    .about(
      'Defines a budget. Of one that is there, only what is given is changed; an empty value takes something away: --alerts "". What its window holds already is counted at once.',
    )
    .argument("<name>", "the budget's name");
  addBudgetOptions(command);
  runs(command, setBudget);
}

export function defineRemove(command: Command): void {
  command
    .about("Removes budgets with their alerts. Records, and what they cost, stay in the book.")
    .argument("<name>", "a budget's name")
    .argument("[more...]", "further ones");
  runs(command, (context: CommandContext, _options: object, name: string, more: string[]) => removeBudgets(context, [name, ...more]));
}

interface DefinedBudget {
  definition: BudgetDefinition;
  origin: string;
}

async function setBudget(context: CommandContext, options: BudgetOptions, typedName: string): Promise<ExitCode> {
  const name = typedName.trim().normalize("NFC");
  await context.answer(["table", "json"], async () => {
    const before = (await definedBudgets(context)).find(({ definition }) => definition.name === name);
    if (before) refuseForeign(before);
    const definition = await budgetFrom(context, name, options, before?.definition);
    const change = before === undefined ? "created" : isDeepStrictEqual(before.definition, definition) ? "unchanged" : "changed";
    const book = await context.openBook();
    try {
      if (change !== "unchanged") await book.budgets.put(definition, COMMAND);
    } finally {
      await book.close();
    }
    const answer = definitionsAnswer([{ definition, origin: COMMAND }], { change });
    return { ...answer, screen: async (style) => `${await answer.screen(style)}\nThe budget is ${change}.\n` };
  });
  return EXIT.done;
}

/** Those in the book; where there is none yet, those that the configuration would put there. */
async function definedBudgets(context: CommandContext): Promise<DefinedBudget[]> {
  const book = await context.readBook();
  if (book === undefined) {
    const { config, path } = await context.config();
    return config.budgets.map((definition) => ({ definition, origin: `config:${path}` }));
  }
  try {
    return await book.budgets.list();
  } finally {
    await book.close();
  }
}

const CONFIG_ORIGIN = /^config:(.+)$/s;

/** What a file defines is changed there: the next command would write it again. A file that is gone has no say any more. */
function refuseForeign({ definition, origin }: DefinedBudget): void {
  const file = CONFIG_ORIGIN.exec(origin)?.[1];
  if (file !== undefined && existsSync(file))
    throw new InvalidInput(`The budget ${quoteValue(definition.name)} is defined in ${file}; change it there.`);
}

async function removeBudgets(context: CommandContext, names: readonly string[]): Promise<ExitCode> {
  await context.answer(["table", "json"], async () => {
    const defined = await definedBudgets(context);
    const known = defined.map(({ definition }) => definition.name);
    const unwanted = [...new Set(names)].map((typed) => {
      const name = typed.trim().normalize("NFC");
      if (known.length === 0) throw new InvalidInput(`There is no budget ${quoteValue(name)}; the book has none.`);
      oneOf("The budget", name, known);
      return defined.find(({ definition }) => definition.name === name) as DefinedBudget;
    });
    for (const budget of unwanted) refuseForeign(budget);
    const book = await context.openBook();
    try {
      for (const { definition } of unwanted) await book.budgets.remove(definition.name, COMMAND);
    } finally {
      await book.close();
    }
    const answer = definitionsAnswer(unwanted, { change: "removed" });
    return { ...answer, screen: () => `${unwanted.map(({ definition }) => `${quoteValue(definition.name)} is removed.\n`).join("")}` };
  });
  return EXIT.done;
}
