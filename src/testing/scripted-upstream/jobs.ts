/** Work that goes on after its reply: background responses and batches of messages. Done when they were asked for often enough. */

import { isObject } from "../../usage/index.ts";
import { type Answer, answer } from "./answer.ts";
import { wholeMessage } from "./formats/anthropic.ts";
import { wholeResponse } from "./formats/openai-responses.ts";
import type { ScriptedReply, SeenRequest } from "./scripted-reply.ts";

const DONE_POLL = 2;
const BATCH_TIMES = { created_at: "2026-01-01T00:00:00Z", expires_at: "2026-01-02T00:00:00Z" };

interface Job {
  answers: readonly { customId: string; answer: Answer }[];
  polls: number;
  donePoll: number;
  isCancelled: boolean;
  isBilled: boolean;
}

export interface JobReply {
  status: number;
  contentType: string;
  body: string;
}

export class Jobs {
  readonly #jobs = new Map<string, Job>();
  readonly #bill: (answer: Answer) => void;

  /** @param bill called once for each answer, when its job is done */
  constructor(bill: (answer: Answer) => void) {
    this.#bill = bill;
  }

  startResponse(made: Answer): JobReply {
    this.#add(made.id, [{ customId: "", answer: made }], made.reply);
    return json(wholeResponse(made, "queued"));
  }

  startBatch(id: string, request: SeenRequest, reply: ScriptedReply): JobReply {
    const requests = Array.isArray(request.json?.requests) ? request.json.requests.filter(isObject) : [];
    const answers = requests.map((one, index) => {
      const params = isObject(one.params) ? one.params : {};
      const asked: SeenRequest = { ...request, json: params, operation: "messages", model: String(params.model ?? ""), isStream: false };
      // A batch is served at the batch price, whatever the script says of single calls.
      return { customId: String(one.custom_id), answer: answer(asked, { ...reply, serviceTier: "batch" }, `msg_${id}_${index}`) };
    });
    const job = this.#add(id, answers, reply);
    return json(batchDocument(id, job, false));
  }

  #add(id: string, answers: Job["answers"], { donePoll = DONE_POLL }: ScriptedReply): Job {
    const job = { answers, polls: 0, donePoll, isCancelled: false, isBilled: false };
    this.#jobs.set(id, job);
    return job;
  }

  /** What is asked of a job by its path. Absent: the path names none. */
  asked(method: string, path: string): JobReply | undefined {
    const match = /\/(responses|batches)\/([^/]+)(?:\/(cancel|results))?$/.exec(path);
    const job = this.#jobs.get(match?.[2] ?? "");
    if (match === null || job === undefined) return undefined;
    const [, kind, id = "", part] = match;
    if (method === "DELETE") this.#jobs.delete(id);
    if (part === "cancel") job.isCancelled = true;
    if (method === "GET" && part === undefined) job.polls++;
    const isDone = job.isCancelled || job.polls >= job.donePoll;
    if (isDone) this.#settle(job);
    if (kind === "responses") return json(responseDocument(job, isDone));
    if (part !== "results") return json(batchDocument(id, job, isDone));
    return isDone ? { status: 200, contentType: "application/x-jsonl", body: results(job) } : undefined;
  }

  #settle(job: Job): void {
    if (job.isBilled || job.isCancelled) return;
    job.isBilled = true;
    for (const one of job.answers) this.#bill(one.answer);
  }
}

function json(document: object): JobReply {
  return { status: 200, contentType: "application/json", body: JSON.stringify(document) };
}

function responseDocument(job: Job, isDone: boolean): object {
  const made = job.answers[0]?.answer as Answer;
  if (job.isCancelled && !job.isBilled) return { ...wholeResponse(made, "in_progress"), status: "cancelled" };
  return isDone ? wholeResponse(made) : wholeResponse(made, "in_progress");
}

function batchDocument(id: string, job: Job, isDone: boolean): object {
  const count = job.answers.length;
  const cancelled = job.isCancelled && !job.isBilled;
  return {
    id,
    type: "message_batch",
    processing_status: isDone ? "ended" : "in_progress",
    request_counts: {
      processing: isDone ? 0 : count,
      succeeded: isDone && !cancelled ? count : 0,
      errored: 0,
      canceled: isDone && cancelled ? count : 0,
      expired: 0,
    },
    ended_at: isDone ? BATCH_TIMES.created_at : null,
    ...BATCH_TIMES,
    archived_at: null,
    cancel_initiated_at: job.isCancelled ? BATCH_TIMES.created_at : null,
    results_url: isDone ? `/v1/messages/batches/${id}/results` : null,
  };
}

function results(job: Job): string {
  const lines = job.answers.map(({ customId, answer: made }) => ({
    custom_id: customId,
    result: job.isBilled ? { type: "succeeded", message: wholeMessage(made) } : { type: "canceled" },
  }));
  return lines.map((line) => `${JSON.stringify(line)}\n`).join("");
}
