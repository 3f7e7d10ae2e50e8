/** What the files around a task tell of it: which extension, which model, which folder. */

import { basename, dirname, join } from "node:path";
import { instantOf, isObject } from "../../../usage/index.ts";
import { textOf } from "../../reading/fields.ts";
import { readCompanionDocument, readCompanionText } from "../../reading/json-document.ts";

export interface TaskModel {
  model: string | undefined;
  provider: string | undefined;
}

export class TaskSurroundings {
  readonly extension: "cline" | "roo" | "kilo";
  readonly taskId: string;
  readonly folder: string | undefined;
  /** Cline notes when it was switched to which model. */
  readonly #switches: (TaskModel & { sinceMs: number })[];
  readonly #fallback: () => string | undefined;
  #fallbackModel: { model: string | undefined } | undefined;

  /** @param path the task's `ui_messages.json` */
  constructor(path: string) {
    const folder = dirname(path);
    const extensionFolder = dirname(dirname(folder));
    this.extension = /roo-cline/i.test(extensionFolder) ? "roo" : /kilo-code/i.test(extensionFolder) ? "kilo" : "cline";
    this.taskId = basename(folder);
    const item = historyItem(folder, extensionFolder, this.taskId);
    this.folder = textOf(item?.cwdOnTaskInitialization) ?? textOf(item?.workspace);
    this.#switches = modelSwitches(join(folder, "task_metadata.json"));
    this.#fallback = () => modelOfConversation(join(folder, "api_conversation_history.json")) ?? textOf(item?.modelId);
  }

  /** The model that the task used at that time. */
  modelAt(timestampMs: number): TaskModel {
    const current = this.#switches.findLast((change) => change.sinceMs <= timestampMs) ?? this.#switches[0];
    if (current) return current;
    this.#fallbackModel ??= { model: this.#fallback() };
    return { model: this.#fallbackModel.model, provider: undefined };
  }
}

/** Roo keeps the task's entry in the task's folder, Cline all entries in one file. */
function historyItem(folder: string, extensionFolder: string, taskId: string): Record<string, unknown> | undefined {
  const own = readCompanionDocument(join(folder, "history_item.json"));
  if (isObject(own)) return own;
  const all = readCompanionDocument(join(extensionFolder, "state", "taskHistory.json"));
  return Array.isArray(all) ? all.find((item) => isObject(item) && item.id === taskId) : undefined;
}

function modelSwitches(path: string): (TaskModel & { sinceMs: number })[] {
  const metadata = readCompanionDocument(path);
  const usage = isObject(metadata) && Array.isArray(metadata.model_usage) ? metadata.model_usage : [];
  return usage
    .filter(isObject)
    .map((entry) => ({ sinceMs: instantOf(entry.ts) ?? 0, model: textOf(entry.model_id), provider: textOf(entry.model_provider_id) }))
    .filter((entry) => entry.model !== undefined)
    .sort((a, b) => a.sinceMs - b.sinceMs);
}

/** The last `<model>` that the extension wrote into its notes on the environment. Nothing else of the text is kept. */
function modelOfConversation(path: string): string | undefined {
  const text = readCompanionText(path);
  const end = text?.lastIndexOf("</environment_details>") ?? -1;
  if (text === undefined || end < 0) return undefined;
  const close = text.lastIndexOf("</model>", end);
  const open = text.lastIndexOf("<model>", close);
  const inside = text.lastIndexOf("<environment_details>", close);
  const between = text.lastIndexOf("</environment_details>", close);
  if (open < 0 || close < 0 || inside < 0 || between > inside) return undefined;
  return textOf(text.slice(open + "<model>".length, close).trim());
}
