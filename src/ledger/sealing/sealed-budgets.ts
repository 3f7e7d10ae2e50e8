/** Webhooks of budgets, sealed as they go into the book and opened as they come out. Loaded when a budget has one. */
import { randomBytes } from "node:crypto";
import { type BudgetDefinition, isSealed } from "../../budget/index.ts";
import { InvalidInput, quoteValue } from "../../errors.ts";
import { isPostgresUrl, sqlitePath } from "../database-url.ts";
import type { RandomBytes } from "../key-text.ts";
import type { Difference, StoredBudget } from "../store.ts";
import { keyIdOf, open, type SealFailure, type SecretPlace, seal } from "./sealed-text.ts";
import { type BookPlace, SecretKeys } from "./secret-keys.ts";

const IN_MEMORY = ":memory:";

const COLUMNS = ["webhook", "webhookSecret"] as const;
type Column = (typeof COLUMNS)[number];

export class SealedBudgets {
  readonly #keys: SecretKeys;
  readonly #randomBytes: RandomBytes;

  constructor(keys: SecretKeys, randomBytes: RandomBytes) {
    this.#keys = keys;
    this.#randomBytes = randomBytes;
  }

  /** What does not open stays sealed: the budget holds all the same, and nobody is called. */
  opened(definition: BudgetDefinition): BudgetDefinition {
    return withSecrets(definition, (text, place) => {
      const opened = isSealed(text) ? open(text, place, this.#keys.forOpening()) : { text };
      return "text" in opened ? opened.text : text;
    });
  }

  /**
   * The definition as the book keeps it.
   *
   * @param stored what the book has now: a secret that is the same there is not sealed anew, so that nothing has changed
   * @throws InvalidInput where a key must be given first, or for a sealed text that does not stand there
   */
  sealed(definition: BudgetDefinition, stored: BudgetDefinition | undefined): BudgetDefinition {
    return withSecrets(definition, (text, place) => {
      const before = stored?.[place.column];
      if (isSealed(text)) {
        if (text === before) return text;
        throw new InvalidInput(
          `budget ${quoteValue(definition.name)}: ${place.column} is sealed text of the book; give it as it is in clear.`,
        );
      }
      const key = this.#keys.forSealing();
      if (before !== undefined && isSealed(before) && keyIdOf(before) === key.id) {
        const opened = open(before, place, [key]);
        if ("text" in opened && opened.text === text) return before;
      }
      return seal(text, place, key, this.#randomBytes);
    });
  }

  /** A stored definition with every secret under today's key, undefined where all are: what stands there in clear, or under an earlier key. */
  resealed(stored: BudgetDefinition): BudgetDefinition | undefined {
    if (!this.#keys.isAtHand) return undefined;
    const opened = this.opened(stored);
    const isOpen = COLUMNS.every((column) => !isSealed(opened[column]));
    const sealed = isOpen ? this.sealed(opened, stored) : stored;
    return COLUMNS.some((column) => sealed[column] !== stored[column]) ? sealed : undefined;
  }

  /** What stands sealed in the book and does not open. */
  differences(budgets: readonly StoredBudget[]): Difference[] {
    return budgets.flatMap(({ id, definition }) =>
      COLUMNS.flatMap((column): Difference[] => {
        const text = definition[column];
        if (!isSealed(text)) return [];
        const opened = open(text, placeOf(definition, column), this.#keys.forOpening());
        if ("text" in opened) return [];
        const where = `budgets id ${id} ${column}`;
        return [{ kind: "secret", where, expected: "a text that the book's secret key opens", found: foundText(opened.failure, text) }];
      }),
    );
  }
}

/** For the book at an address. @throws InvalidInput for a key that is none */
export function sealedBudgets(url: string, secretKey: string | Uint8Array | undefined, random: RandomBytes = randomBytes): SealedBudgets {
  return new SealedBudgets(new SecretKeys(placeOfBook(url), secretKey, random), random);
}

function placeOfBook(url: string): BookPlace {
  if (isPostgresUrl(url)) return { kind: "server" };
  const path = sqlitePath(url);
  return path === IN_MEMORY ? { kind: "memory" } : { kind: "file", path };
}

function withSecrets(definition: BudgetDefinition, change: (text: string, place: SecretPlace) => string): BudgetDefinition {
  let changed = definition;
  for (const column of COLUMNS) {
    const text = definition[column];
    if (text === undefined) continue;
    const after = change(text, placeOf(definition, column));
    if (after !== text) changed = { ...changed, [column]: after };
  }
  return changed;
}

function placeOf({ name }: BudgetDefinition, column: Column): SecretPlace {
  return { table: "budgets", column, name };
}

function foundText(failure: SealFailure, text: string): string {
  return failure === "other_key" ? `one of the key ${keyIdOf(text)}` : "one that was changed, or moved here from another place";
}
