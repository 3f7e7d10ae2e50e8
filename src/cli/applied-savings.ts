/** What is decided about spending: written down, taken back, and looked at afterwards. */
import { isatty } from "node:tty";
import { type AppliedRule, USUAL_KEPT_SHARE } from "../config/index.ts";
import { InvalidInput, quoteValue } from "../errors.ts";
import {
  buildReceipts,
  isRecommendation,
  type RecommendationDocument,
  type RecommendationsDocument,
  ruleOf,
  takenBy,
  UNTELLABLE_FILTERS,
} from "../insights/index.ts";
import type { UsageFilter } from "../ledger/index.ts";
import { answerFromBook } from "./answer-from-book.ts";
import type { CommandContext } from "./command-context.ts";
import { confirmed } from "./confirmation.ts";
import { EXIT, type ExitCode } from "./exit-codes.ts";
import type { Format } from "./printing/answer.ts";
import { replayed, type SavingsQuestion, withProgress } from "./replayed-book.ts";
import { idsMeant, type Meant } from "./savings-meant.ts";

const STDIN = 0;

export async function applySavings(context: CommandContext, question: SavingsQuestion, meant: Meant, isYes: boolean): Promise<ExitCode> {
  if (!isYes && !isatty(STDIN)) throw new InvalidInput("--apply asks before it writes, and nobody can be asked here; add --yes.");
  refuseUntellable(question.filter);
  const path = await pathOfSavings(context);
  let written: AppliedRule[] = [];
  let reason: string | undefined;
  await replayed(context, question, async ({ found: { document } }) => {
    const inForce = (await context.config()).config.savings ?? [];
    const chosen = chosenOf(document, meant, inForce);
    const rules = chosen.map((recommendation) => ruleOf(recommendation, { appliedAtMs: context.nowMs, keptShare: USUAL_KEPT_SHARE }));
    const { savingsAnswer, toldRules } = await import("./answers/savings-answer.ts");
    if (rules.length === 0) reason = whyNone(document, meant);
    else if (isYes || (await confirmed(`${toldRules(rules, path)}\nWrite ${rules.length === 1 ? "this" : "these"} down?`))) {
      // While it was asked, somebody else may have decided.
      await (await savingsFile()).addSavings(path, rules, (byNow) => {
        for (const recommendation of chosen) refuseTaken(recommendation, byNow);
      });
      written = rules;
    } else reason = "Nothing was written.";
    return savingsAnswer({ path, generatedAtMs: context.nowMs, applied: written, reverted: [], inForce: [...inForce, ...written] });
  });
  if (reason !== undefined) context.note(reason);
  return written.length > 0 || reason === "Nothing was written." ? EXIT.done : EXIT.nothingToReport;
}

export async function revertSavings(context: CommandContext, which: string): Promise<ExitCode> {
  const path = await pathOfSavings(context);
  const inForce = (await context.config()).config.savings ?? [];
  const isMeant = ({ id }: AppliedRule): boolean => which === "all" || isRecommendation(which, id);
  if (which !== "all" && !inForce.some(isMeant)) {
    const known = inForce.length === 0 ? "nothing is" : `in force: ${inForce.map(({ id }) => id).join(", ")}, or all`;
    throw new InvalidInput(`--revert ${quoteValue(which)} is not in force; ${known}.`);
  }
  let reverted: AppliedRule[] = [];
  await context.answer(FORMATS, async () => {
    reverted = await (await savingsFile()).removeSavings(path, isMeant);
    const { savingsAnswer } = await import("./answers/savings-answer.ts");
    return savingsAnswer({ path, generatedAtMs: context.nowMs, applied: [], reverted, inForce: inForce.filter((rule) => !isMeant(rule)) });
  });
  if (reverted.length > 0) return EXIT.done;
  context.note(NOTHING_IN_FORCE);
  return EXIT.nothingToReport;
}

export async function verifySavings(context: CommandContext): Promise<ExitCode> {
  const rules = (await context.config()).config.savings ?? [];
  await answerFromBook(context, {
    async ask(book) {
      const startMs = Math.min(context.nowMs, ...rules.map(({ appliedAtMs }) => appliedAtMs));
      return withProgress(context, book, { startMs, endMs: Math.max(startMs, context.nowMs) }, (onProgress) =>
        buildReceipts(book, { rules, generatedAtMs: context.nowMs, onProgress }),
      );
    },
    answerOf: async (document) => (await import("./answers/receipts-answer.ts")).receiptsAnswer(document, await context.timeZone()),
  });
  if (rules.length > 0) return EXIT.done;
  context.note(NOTHING_IN_FORCE);
  return EXIT.nothingToReport;
}

const FORMATS: readonly Format[] = ["table", "json", "jsonl", "csv", "md"];
const NOTHING_IN_FORCE = "No saving is in force; tokenledger optimize shows what could be saved, and --apply writes it down.";

async function pathOfSavings(context: CommandContext): Promise<string> {
  const { savingsPath } = await import("../config/index.ts");
  return savingsPath(await context.config(), context.machine.workingDirectory);
}

async function savingsFile() {
  return (await import("../config/index.ts")).savingsFile();
}

function refuseUntellable(filter: UsageFilter | undefined): void {
  const name = UNTELLABLE_FILTERS.find((one) => filter?.[one] !== undefined);
  if (name !== undefined)
    throw new InvalidInput(
      `--apply can't be held to --${name}: rules know calls by team, project, key and model. Leave --${name} out, or choose by --team or --project.`,
    );
}

type Recommendation = RecommendationDocument;

/** What is meant and not done yet: of a kind, what the best choice of all has of it, else the best of each that exclude one another. */
function chosenOf(document: RecommendationsDocument, meant: Meant, inForce: readonly AppliedRule[]): Recommendation[] {
  const ids = new Set(idsMeant(document, meant));
  const asked = document.recommendations.filter(({ id }) => ids.has(id));
  if ("id" in meant) {
    const [one] = asked as [Recommendation];
    refuseTaken(one, inForce);
    return [one];
  }
  const open = asked.filter((one) => takenBy(one, inForce) === undefined);
  const best = new Set(document.portfolio.chosen.map(({ id }) => id));
  const ofBest = open.filter(({ id }) => best.has(id));
  const groups = new Set<string>();
  return (ofBest.length > 0 ? ofBest : open).filter(({ exclusive_group: group }) => {
    if (group === null) return true;
    const isFirst = !groups.has(group);
    groups.add(group);
    return isFirst;
  });
}

function refuseTaken(recommendation: Recommendation, inForce: readonly AppliedRule[]): void {
  const taken = takenBy(recommendation, inForce);
  if (taken === undefined) return;
  const what =
    taken.id === recommendation.id ? "is in force already" : `is about calls that ${taken.id}, which is in force, changes already`;
  throw new InvalidInput(`${recommendation.id} ${what}; take it back first: tokenledger optimize --revert ${taken.id}`);
}

function whyNone({ recommendations }: RecommendationsDocument, meant: Meant): string {
  const kind = "kind" in meant ? meant.kind : "";
  return recommendations.some((one) => one.kind === kind)
    ? `All that could be applied of ${kind} is in force already.`
    : `Nothing of the kind ${kind} is recommended for these calls; tokenledger optimize shows what is.`;
}
