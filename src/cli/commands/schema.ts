/** `tokenledger schema` */

import { oneOf } from "../../errors.ts";
import { type CommandContext, runs } from "../command-context.ts";
import type { Command } from "../command-line.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { SCHEMA_NAMES, schemaOf } from "../schemas/catalogue.ts";

const EXAMPLES = `
  tokenledger schema report > report.schema.json
  tokenledger schema record`;

export function define(command: Command): void {
  command.argument("<name>", SCHEMA_NAMES.join(", "), SCHEMA_NAMES).example(EXAMPLES);
  runs(command, async (context: CommandContext, _options: object, name: string): Promise<ExitCode> => {
    const { output } = await context.openOutput(["json"]);
    output.write(`${JSON.stringify(await schemaOf(oneOf("The schema", name, SCHEMA_NAMES)), null, 2)}\n`);
    output.finish();
    return EXIT.done;
  });
}
