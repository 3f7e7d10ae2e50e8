/** What is asked of the server to write a budget, or to take it away. */
import type { BudgetDocument, DefinitionDocument } from "tokenledger/insights";
import type { BudgetsDocument } from "../../api/answers.ts";
import { ApiError, askServer } from "../../api/client.ts";

export interface DefinedBudget {
  definition: DefinitionDocument;
  etag: string | undefined;
}

export type SavedBudget = DefinitionDocument & { etag?: string; status: BudgetDocument[]; warnings?: string[] };

/** @throws ApiError 412 where the budget is another one than the etag says */
export function saveBudget(body: object, before: DefinedBudget | undefined): Promise<SavedBudget> {
  if (before === undefined) return askServer("/api/v1/budgets", { method: "POST", body });
  return askServer("/api/v1/budgets", { method: "PUT", body, headers: matching(before) });
}

/** @throws ApiError */
export function removeBudget({ definition: { name }, etag }: DefinedBudget): Promise<void> {
  return askServer("/api/v1/budgets", { method: "DELETE", parameters: { name }, headers: matching({ etag }) });
}

function matching({ etag }: Pick<DefinedBudget, "etag">): Record<string, string> {
  return etag === undefined ? {} : { "if-match": etag };
}

/** As it is now; undefined where it is gone. @throws ApiError */
export async function readBudget(name: string): Promise<DefinedBudget | undefined> {
  try {
    // A name with a slash has no path of its own.
    if (name.includes("/")) {
      const { budgets } = await askServer<BudgetsDocument>("/api/v1/budgets", { parameters: { name } });
      return budgets[0] && { definition: budgets[0].definition, etag: budgets[0].etag };
    }
    const {
      etag,
      status: _status,
      warnings: _warnings,
      ...definition
    } = await askServer<SavedBudget>(`/api/v1/budgets/${encodeURIComponent(name)}`);
    return { definition, etag };
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return undefined;
    throw error;
  }
}
