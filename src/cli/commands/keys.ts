/** `tokenledger keys` */
import { closestWord, InvalidInput, quoteValue } from "../../errors.ts";
import type { Ledger, VirtualKey } from "../../ledger/index.ts";
import { COMMAND } from "../actor.ts";
import { keysAnswer, newKeyAnswer, type Shown } from "../answers/keys-answer.ts";
import { localMinute } from "../answers/local-text.ts";
import { type CommandContext, needsSubcommand, runs } from "../command-context.ts";
import type { Command } from "../command-line.ts";
import { durationIn } from "../duration-option.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { addKeyOptions, type KeyOptions, keyRulesFrom } from "../key-options.ts";

const EXAMPLES = `
  tokenledger keys create --name ci --team engineering --models "gpt-5*,claude-sonnet-4-5" --expires 90d
  tokenledger keys create --name dashboard --role viewer
  tokenledger keys list
  tokenledger keys rotate ci --grace 24h        a new key; the old one is accepted for a day more
  tokenledger keys revoke ci`;

export function define(command: Command): void {
  const create = command
    .command("create", "make a key, and show it once")
    .about(
      "Makes a key for the gateway and prints it. It is shown this once: the book keeps a digest of it, from which nobody can make the key again.",
    )
    .option("--name <name>", "what the key is called; no two that are in use are called the same");
  addKeyOptions(create);
  runs(create, createKey);

  const list = command.command("list", "the keys, what they may do, and when they were last used").option("--all", "with those that ended");
  runs(list, listKeys);

  const rotate = command
    .command("rotate", "replace a key by a new one")
    .about("Makes a new key with the name and the rules of one that is in use, and prints it. The old one ends at once, or after --grace.")
    .argument("<id-or-name>", "the key, as keys list shows it")
    .option("--grace <length>", "how long the old key is accepted beside the new one: 30m, 24h, 7d (default: not at all)");
  runs(rotate, rotateKey);

  const revoke = command
    .command("revoke", "end keys: their next call is refused")
    .about("Ends keys. Gateways refuse their next call within five seconds; what they spent stays in the book.")
    .argument("<id-or-name>", "a key, as keys list shows it")
    .argument("[more...]", "further ones");
  runs(revoke, (context: CommandContext, _options: object, key: string, more: string[]) => revokeKeys(context, [key, ...more]));

  command.example(EXAMPLES);
  needsSubcommand(command);
}

async function createKey(context: CommandContext, options: KeyOptions & { name?: string }): Promise<ExitCode> {
  const name = options.name?.trim().normalize("NFC");
  if (!name) throw new InvalidInput("tokenledger keys create needs --name <name>: what the key is called.");
  const rules = await keyRulesFrom(context, options);
  await answerNewKey(context, async (book) => {
    const { key, created } = await book.keys.create(name, rules, COMMAND);
    return { key, made: created };
  });
  return EXIT.done;
}

const LONGEST_GRACE_MS = 366 * 86_400_000;

async function rotateKey(context: CommandContext, { grace }: { grace?: string }, idOrName: string): Promise<ExitCode> {
  const graceMs = grace === undefined ? 0 : durationIn(grace.trim());
  if (graceMs === undefined || graceMs > LONGEST_GRACE_MS)
    throw new InvalidInput(`--grace ${quoteValue(grace)} is no length of time; give one up to 366d, such as 30m, 24h or 7d.`);
  await answerNewKey(context, async (book) => {
    await knownKeys(book, [idOrName]);
    const { key, rotated } = await book.keys.rotate(idOrName, { graceMs }, COMMAND);
    return { key, made: rotated };
  });
  return EXIT.done;
}

/** The output is opened before the key is made: a key that can't be shown would be lost. */
async function answerNewKey(context: CommandContext, make: (book: Ledger) => Promise<{ key: string; made: VirtualKey }>): Promise<void> {
  let note = "";
  const shown = await shownOf(context);
  await context.answer(
    ["table", "json"],
    async () => {
      const book = await context.openBook();
      try {
        const { key, made } = await make(book);
        note = newKeyNote(made, shown);
        return newKeyAnswer(key, made, shown);
      } finally {
        await book.close();
      }
    },
    { isSecret: true },
  );
  context.note(note);
}

function newKeyNote({ id, name, expiresMs, graceUntilMs }: VirtualKey, { timeZone }: Shown): string {
  const minute = (instantMs: number): string => `${localMinute(new Date(instantMs).toISOString(), timeZone)} ${timeZone}`;
  const ends = expiresMs === undefined ? "" : `, accepted until ${minute(expiresMs)}`;
  const old = graceUntilMs === undefined ? "" : ` The old key is accepted until ${minute(graceUntilMs)}.`;
  return `Key ${id}, ${quoteValue(name)}${ends}. It is shown this once: the book keeps no more than a digest of it.${old}`;
}

async function listKeys(context: CommandContext, { all }: { all?: boolean }): Promise<ExitCode> {
  let found = 0;
  let ended = 0;
  const shown = await shownOf(context);
  await context.answer(["table", "json", "jsonl", "csv", "md"], async () => {
    const book = await context.readBook();
    try {
      const keys = (await book?.keys.list()) ?? [];
      const listed = keys.filter((key) => all || !hasEnded(key, shown.nowMs));
      found = listed.length;
      ended = keys.length - found;
      return keysAnswer(listed, shown);
    } finally {
      await book?.close();
    }
  });
  if (found > 0) return EXIT.done;
  context.note(
    ended === 0
      ? "There are no keys yet; make one with: tokenledger keys create --name NAME"
      : "No key is in use; --all lists those that ended.",
  );
  return EXIT.nothingToReport;
}

async function revokeKeys(context: CommandContext, typed: readonly string[]): Promise<ExitCode> {
  const shown = await shownOf(context);
  await context.answer(["table", "json"], async () => {
    const book = await context.openBook();
    try {
      const ids = await knownKeys(book, typed);
      let revoked = 0;
      for (const idOrName of new Set(typed)) if (await book.keys.revoke(idOrName, COMMAND)) revoked++;
      const keys = (await book.keys.list()).filter(({ id }) => ids.has(id));
      const answer = keysAnswer(keys, shown, { revoked });
      return { ...answer, screen: () => [...new Set(typed)].map((key) => `${quoteValue(key)} is revoked.\n`).join("") };
    } finally {
      await book.close();
    }
  });
  return EXIT.done;
}

/**
 * The ids of the keys that the words name, by id or by name.
 *
 * @throws InvalidInput for a word that names none, before anything is changed
 */
async function knownKeys(book: Ledger, typed: readonly string[]): Promise<Set<string>> {
  const keys = await book.keys.list();
  const ids = new Set<string>();
  for (const word of typed) {
    const named = keys.filter(({ id, name }) => id === word || name === word);
    if (named.length === 0) throw unknownKey(word, keys);
    for (const { id } of named) ids.add(id);
  }
  return ids;
}

/** A key itself in the place of its name is on the screen, and in the shell's history: the message does not repeat it. */
function unknownKey(word: string, keys: readonly VirtualKey[]): InvalidInput {
  if (/^tl_\w{12}/.test(word)) {
    const id = word.split("_")[2];
    return new InvalidInput(`That is a key itself, not its name or id${keys.some((key) => key.id === id) ? `; its id is ${id}` : ""}.`);
  }
  const near = closestWord(
    word,
    keys.map(({ name }) => name),
  );
  const hint = near === undefined ? "tokenledger keys list shows those that are there." : `did you mean ${near}?`;
  return new InvalidInput(`No key has the name or id ${quoteValue(word)}; ${hint}`);
}

function hasEnded({ revokedMs, expiresMs }: VirtualKey, nowMs: number): boolean {
  return revokedMs !== undefined || (expiresMs !== undefined && expiresMs <= nowMs);
}

async function shownOf(context: CommandContext): Promise<Shown> {
  return { nowMs: context.nowMs, timeZone: await context.timeZone() };
}
