/** A document made from the book and printed: what the commands that only ask have in common. */
import type { Span } from "./answers/tell-outcome.ts";
import type { CommandContext } from "./command-context.ts";
import type { ReadableBook } from "./empty-book.ts";
import type { Answer, Format } from "./printing/answer.ts";

export interface Asking<Document> {
  ask(book: ReadableBook, span: Span): Promise<Document>;
  answerOf(document: Document): Answer | Promise<Answer>;
}

/** The book is closed before the answer is printed. */
export async function answerFromBook<Document>(
  context: CommandContext,
  { ask, answerOf }: Asking<Document>,
): Promise<{ document: Document; span: Span; format: Format }> {
  let asked: { document: Document; span: Span } | undefined;
  const format = await context.answer(["table", "json", "jsonl", "csv", "md"], async () => {
    const book = await context.bookOrNothing();
    try {
      const span = await book.span();
      asked = { document: await ask(book, span), span };
    } finally {
      await book.close();
    }
    return answerOf(asked.document);
  });
  return { ...(asked as NonNullable<typeof asked>), format };
}
