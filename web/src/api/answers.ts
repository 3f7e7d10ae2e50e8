/** One hook for each question to the server. What they answer are the documents of the package, in its own types. */
import { keepPreviousData, queryOptions, type UseQueryResult, useQuery } from "@tanstack/react-query";
import type {
  AlertDocument,
  AnalysisDocument,
  BacktestDocument,
  BudgetDocument,
  DefinitionDocument,
  ExplanationDocument,
  ForecastDocument,
  GroupedCostsDocument,
  KeyDocument,
  PriceExplanation,
  PricingDocument,
  ReceiptsDocument,
  RecommendationsDocument,
  RecordCostDocument,
  ReservationsDocument,
  SavingsDocument,
  SimulationDocument,
  SummaryDocument,
} from "tokenledger/insights";
import { type ApiError, askServer, type Parameters } from "./client.ts";
import type { UsageDocument, UsageRecordDocument } from "./documents.ts";
import { questions } from "./questions.ts";

export type Answer<Document> = UseQueryResult<Document, ApiError>;

export interface AskOptions {
  /** Not asked while false. */
  isWanted?: boolean;
  /** Asked again so often while the view is open. */
  everyMs?: number;
}

function questionOf<Document>(path: string, parameters: Parameters = {}) {
  return queryOptions<Document, ApiError>({
    queryKey: [path, parameters],
    queryFn: ({ signal }) => askServer<Document>(path, { parameters, signal }),
  });
}

/** What is at the path; while another question is answered, the last answer stays on the screen. */
function useAnswer<Document>(path: string, parameters: Parameters = {}, { isWanted = true, everyMs }: AskOptions = {}): Answer<Document> {
  return useQuery<Document, ApiError>({
    ...questionOf<Document>(path, parameters),
    enabled: isWanted,
    placeholderData: keepPreviousData,
    ...(everyMs !== undefined && { refetchInterval: everyMs }),
  });
}

export interface BudgetsDocument {
  budgets: (BudgetDocument & { definition: DefinitionDocument; etag: string })[];
  next_cursor: string | null;
}

export interface AlertsDocument {
  alerts: AlertDocument[];
  next_cursor: string | null;
}

export interface KeysDocument {
  keys: KeyDocument[];
  next_cursor: string | null;
}

export type SummaryAnswer = SummaryDocument & { budgets_in_trouble: BudgetDocument[]; open_alerts: number };

export type PricesAnswer = PricingDocument & { next_cursor?: string | null; explanation?: PriceExplanation };

export type RecordCostAnswer = RecordCostDocument & { record: UsageRecordDocument };

const SUMMARY = "/api/v1/summary";

/** Asked before anything is drawn: no view is shown without it. */
export function beginSummary(): void {
  void questions.prefetchQuery(questionOf<SummaryAnswer>(SUMMARY));
}

export const useSummary = (parameters: Parameters = {}, options?: AskOptions): Answer<SummaryAnswer> =>
  useAnswer(SUMMARY, parameters, options);
export const useCosts = (parameters: Parameters, options?: AskOptions): Answer<GroupedCostsDocument> =>
  useAnswer("/api/v1/costs/aggregate", parameters, options);
export const useAnalysis = (parameters: Parameters, options?: AskOptions): Answer<AnalysisDocument> =>
  useAnswer("/api/v1/analysis", parameters, options);
export const useForecast = (parameters: Parameters = {}, options?: AskOptions): Answer<ForecastDocument> =>
  useAnswer("/api/v1/forecast", parameters, options);
export const useExplanation = (parameters: Parameters, options?: AskOptions): Answer<ExplanationDocument> =>
  useAnswer("/api/v1/explain", parameters, options);
export const useBudgets = (parameters: Parameters = {}, options?: AskOptions): Answer<BudgetsDocument> =>
  useAnswer("/api/v1/budgets", parameters, options);
export const useBacktest = (parameters: Parameters, options?: AskOptions): Answer<BacktestDocument> =>
  useAnswer("/api/v1/budgets/backtest", parameters, options);
export const useAlerts = (parameters: Parameters = {}, options?: AskOptions): Answer<AlertsDocument> =>
  useAnswer("/api/v1/alerts", parameters, options);
export const useReservations = (parameters: Parameters = {}, options?: AskOptions): Answer<ReservationsDocument> =>
  useAnswer("/api/v1/reservations", parameters, options);
export const useRecommendations = (parameters: Parameters = {}, options?: AskOptions): Answer<RecommendationsDocument> =>
  useAnswer("/api/v1/recommendations", parameters, options);
export const useSimulation = (parameters: Parameters, options?: AskOptions): Answer<SimulationDocument> =>
  useAnswer("/api/v1/recommendations/simulation", parameters, options);
export const useReceipts = (parameters: Parameters = {}, options?: AskOptions): Answer<ReceiptsDocument> =>
  useAnswer("/api/v1/receipts", parameters, options);
export const useSavings = (options?: AskOptions): Answer<SavingsDocument> => useAnswer("/api/v1/savings", {}, options);
export const useUsage = (parameters: Parameters, options?: AskOptions): Answer<UsageDocument> =>
  useAnswer("/api/v1/usage", parameters, options);
export const useRecordCost = (parameters: Parameters, options?: AskOptions): Answer<RecordCostAnswer> =>
  useAnswer("/api/v1/usage/cost", parameters, options);
export const useKeys = (parameters: Parameters = {}, options?: AskOptions): Answer<KeysDocument> =>
  useAnswer("/api/v1/keys", parameters, options);
export const usePrices = (parameters: Parameters, options?: AskOptions): Answer<PricesAnswer> =>
  useAnswer("/api/v1/prices", parameters, options);
export const usePriceExplanation = (parameters: Parameters, options?: AskOptions): Answer<PricesAnswer> =>
  useAnswer("/api/v1/prices/explain", parameters, options);
