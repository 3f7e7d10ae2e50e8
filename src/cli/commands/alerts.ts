/** `tokenledger alerts` */
import { InvalidInput, quoteValue } from "../../errors.ts";
import type { StoredAlert } from "../../ledger/index.ts";
import { COMMAND } from "../actor.ts";
import { alertsAnswer } from "../answers/alerts-answer.ts";
import { type CommandContext, needsSubcommand, runs } from "../command-context.ts";
import type { Command } from "../command-line.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { knownBudget } from "../known-budget.ts";
import { count } from "../printing/numbers.ts";

const EXAMPLES = `
  tokenledger alerts list --open
  tokenledger alerts ack 3 4
  tokenledger alerts ack --all
  tokenledger alerts deliver            post again what a webhook did not take`;

export function define(command: Command): void {
  const list = command
    .command("list", "thresholds that were reached")
    .about("The thresholds that budgets reached, newest first. Each is told once per window, whoever spent, on however many machines.")
    .option("--open", "only those that nobody has acknowledged")
    .option("--budget <name>", "of this budget only");
  runs(list, listAlerts);

  const acknowledge = command
    .command("ack", "acknowledge alerts")
    .about("Acknowledges alerts: they are no longer open. The budgets go on as they are.")
    .argument("[id...]", "their numbers, as alerts list shows them")
    .option("--all", "all that are open");
  runs(acknowledge, acknowledgeAlerts);

  const deliver = command
    .command("deliver", "post alerts that wait for their webhook")
    .about("Posts the alerts that wait for their webhook and are due; exits with 1 where an address did not take one.");
  runs(deliver, deliverAlerts);

  command.example(EXAMPLES);
  needsSubcommand(command);
}

async function listAlerts(context: CommandContext, options: { open?: boolean; budget?: string }): Promise<ExitCode> {
  let found = 0;
  await context.answer(["table", "json", "jsonl", "csv", "md"], async () => {
    const alerts = await alertsIn(context, options);
    found = alerts.length;
    return alertsAnswer(alerts);
  });
  if (found === 0) context.note(nothingText(options));
  return found > 0 ? EXIT.done : EXIT.nothingToReport;
}

function nothingText({ open, budget }: { open?: boolean; budget?: string }): string {
  const whose = budget === undefined ? "" : ` of ${quoteValue(budget)}`;
  if (open) return `No alert${whose} is open.`;
  return budget === undefined ? "No budget has reached a threshold yet." : `The budget ${quoteValue(budget)} has reached no threshold yet.`;
}

async function alertsIn(context: CommandContext, { open, budget }: { open?: boolean; budget?: string }): Promise<StoredAlert[]> {
  const book = await context.readBook();
  try {
    const known = budget === undefined ? [] : ((await book?.budgets.list()) ?? []).map(({ definition }) => definition.name);
    const filter = { ...(open && { open }), ...(budget !== undefined && { budget: knownBudget(budget, known) }) };
    return ((await book?.alerts.list(filter)) ?? []).sort((a, b) => b.triggeredMs - a.triggeredMs || b.id - a.id);
  } finally {
    await book?.close();
  }
}

async function acknowledgeAlerts(context: CommandContext, { all }: { all?: boolean }, typed: string[]): Promise<ExitCode> {
  if (all && typed.length > 0) throw new InvalidInput("--all and the numbers of alerts contradict each other; give one of them.");
  if (!all && typed.length === 0)
    throw new InvalidInput("tokenledger alerts ack needs the numbers of alerts, as alerts list shows them, or --all.");
  const ids = typed.map(alertId);
  await context.answer(["table", "json"], async () => {
    const known = await alertsIn(context, all ? { open: true } : {});
    const unknown = ids.find((id) => !known.some((alert) => alert.id === id));
    if (unknown !== undefined) throw new InvalidInput(`There is no alert ${unknown}; tokenledger alerts list shows those that are there.`);
    const wanted = all ? known.map(({ id }) => id) : ids;
    const acknowledged = wanted.length > 0 ? await acknowledge(context, wanted) : { count: 0, alerts: [] };
    const answer = alertsAnswer(acknowledged.alerts, { acknowledged: acknowledged.count });
    return { ...answer, screen: () => `${count(acknowledged.count)} ${acknowledged.count === 1 ? "alert" : "alerts"} acknowledged.\n` };
  });
  return EXIT.done;
}

async function acknowledge(context: CommandContext, ids: readonly number[]): Promise<{ count: number; alerts: StoredAlert[] }> {
  const book = await context.openBook();
  try {
    const acknowledged = await book.alerts.acknowledge(ids, COMMAND);
    return { count: acknowledged, alerts: (await book.alerts.list()).filter(({ id }) => ids.includes(id)) };
  } finally {
    await book.close();
  }
}

function alertId(text: string): number {
  if (!/^[1-9]\d{0,14}$/.test(text)) throw new InvalidInput(`${quoteValue(text)} is not the number of an alert; alerts list shows them.`);
  return Number(text);
}

async function deliverAlerts(context: CommandContext): Promise<ExitCode> {
  let failed = 0;
  await context.answer(["table", "json"], async () => {
    const book = (await context.readBook()) && (await context.openBook());
    try {
      const outcome = (await book?.alerts.deliver()) ?? { delivered: 0, failed: 0 };
      failed = outcome.failed;
      return {
        document: { schema: "tokenledger.alert-delivery/1", delivered: outcome.delivered, failed },
        screen: () => `${deliveryText(outcome)}\n`,
      };
    } finally {
      await book?.close();
    }
  });
  return failed > 0 ? EXIT.failed : EXIT.done;
}

function deliveryText({ delivered, failed }: { delivered: number; failed: number }): string {
  if (delivered === 0 && failed === 0) return "No alert is due for its webhook.";
  const told = `${count(delivered)} ${delivered === 1 ? "alert" : "alerts"} delivered`;
  return failed === 0 ? `${told}.` : `${told}, ${count(failed)} not; tokenledger alerts list --json says why, and they are tried again.`;
}
