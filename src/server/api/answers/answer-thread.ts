/** The thread that answers: it has its own connection to the book, for reading only, and is asked one question at a time. */
import { parentPort, workerData } from "node:worker_threads";
import { TokenLedgerError } from "../../../errors.ts";
import { type Ledger, openLedger } from "../../../ledger/index.ts";
import { reachOf } from "../reach.ts";
import { answerTo } from "./question.ts";
import { reachedBook } from "./reached-book.ts";
import { READY, type ThreadAnswer, type ThreadQuestion } from "./thread-messages.ts";

const { url } = workerData as { url: string };
let opened: Promise<Ledger> | undefined;

/** Opened anew after a failure: the book may be back. */
async function book(): Promise<Ledger> {
  opened ??= openLedger(url, { readOnly: true });
  try {
    return await opened;
  } catch (error) {
    opened = undefined;
    throw error;
  }
}

async function answer({ question, caller }: ThreadQuestion): Promise<ThreadAnswer> {
  try {
    return { text: await answerTo(reachedBook(await book(), reachOf(caller)), question) };
  } catch (error) {
    const code = TokenLedgerError.is(error) ? error.code : "";
    return { error: { code, message: error instanceof Error ? error.message : String(error) } };
  }
}

parentPort?.on("message", (asked: ThreadQuestion) => {
  void answer(asked).then((answered) => parentPort?.postMessage(answered));
});
parentPort?.postMessage(READY);
