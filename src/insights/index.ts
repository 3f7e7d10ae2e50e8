/**
 * Answers from the book: reports, costs, the summary, and what it means: analysis, forecast, explanation. Each is a plain
 * document with a `schema`. `tokenledger/insights` has `spendingReport` besides, see `../insights.ts`.
 * @module
 */
export { type AlertDocument, alertDocument } from "./alert-document.ts";
export type { AnalysedBook } from "./analysed-book.ts";
export { buildAnalysis, buildExplanation, buildForecast } from "./analyses.ts";
export type { AnalysisRequest } from "./analysis.ts";
export type { AnalysisDocument } from "./analysis-document.ts";
export { backtest } from "./backtest.ts";
export { type BudgetDocument, budgetDocument, type DefinitionDocument, definitionDocument } from "./budget-document.ts";
export { buildCosts, type Comparison, type CostsDocument } from "./costs.ts";
export { type Cell, csvLine, csvTable } from "./csv.ts";
export { documentSchema } from "./document-schema.ts";
export type { ExplanationRequest } from "./explanation.ts";
export type { ExplanationDocument } from "./explanation-document.ts";
export { type Figures, figuresOf } from "./figures.ts";
export type { ForecastRequest } from "./forecast.ts";
export type { BudgetForecastDocument, ForecastDocument } from "./forecast-document.ts";
export { type GroupedCostsDocument, groupedCosts } from "./grouped-costs.ts";
export { instantText } from "./instant-text.ts";
export { type KeyDocument, keyDocument } from "./key-document.ts";
export type { SavingsBook, SavingsRequest } from "./optimize/build-recommendations.ts";
export {
  type Action,
  type CachePolicyName,
  KINDS as RECOMMENDATION_KINDS,
  type RecommendationKind,
  type RuleScope,
} from "./optimize/candidate.ts";
export type { FoundSavings } from "./optimize/found-savings.ts";
export type { ReceiptsRequest } from "./optimize/receipts/build-receipts.ts";
export type { GuardDocument, ReceiptDocument, ReceiptsDocument } from "./optimize/receipts/receipt-document.ts";
export type { RecommendationDocument, RecommendationsDocument, SimulationDocument } from "./optimize/recommendation-document.ts";
export { isRecommendation, shortId } from "./optimize/recommendation-id.ts";
export type { AppliedAction, AppliedRule, RoutedModel } from "./optimize/rules/applied-rule.ts";
export { ruleOf, UNTELLABLE_FILTERS } from "./optimize/rules/rule-of.ts";
export {
  type ChangedSavings,
  type RuleDocument,
  ruleDocument,
  type SavingsDocument,
  savingsDocument,
} from "./optimize/rules/savings-document.ts";
export { takenBy } from "./optimize/rules/taken-calls.ts";
export { daysOf, lastPeriod, monthToDate, type NamedPeriod, namedPeriod, type Period, periodOf } from "./period.ts";
export {
  dayOrNull,
  entriesFor,
  entryDocument,
  type LongContextDocument,
  type PriceEntryDocument,
  type PriceExplanation,
  type PricingDocument,
  priceExplanation,
  pricingDocument,
  providersOf,
  RATE_FIELDS,
  rateDocument,
  searchPrice,
  unknownPrice,
} from "./price-document.ts";
export { ANALYSIS_BUCKETS, ANALYSIS_DIMENSIONS, EXPLANATION_DIMENSIONS, limitNanoUsdIn } from "./questions/analysis-question.ts";
export { askedPeriod, isPeriodAsked, MOST_DAYS_OF_HOURS, type PeriodWords, usualBucket, usualPeriod } from "./questions/asked-period.ts";
export { type ComparedWords, comparedPeriods } from "./questions/compared-periods.ts";
export { dimensionsIn, REPORT_DIMENSIONS, REPORT_FIGURES, reportRows, rowLimitIn, sortKeyIn } from "./questions/report-question.ts";
export { FILTER_NAMES, type FilterName, type FilterWords, usageFilterOf } from "./questions/usage-filter.ts";
export type { Wording } from "./questions/wording.ts";
export { buildReceipts, buildRecommendations, findSavings } from "./recommendations.ts";
export { type RecordCostDocument, type RecordCostLine, recordCost } from "./record-cost.ts";
export type { BacktestDocument, BacktestRequest, BlockedWindow, TriedBudget } from "./replaying-book.ts";
export { type Aggregates, buildReport, type ReportDocument, type ReportRequest, type ReportRow, type SortKey } from "./report.ts";
export { reportCsv, reportFields } from "./report-csv.ts";
export { type ReservationDocument, type ReservationsDocument, reservationsDocument } from "./reservations-document.ts";
export { DOCUMENT_NAMES, type DocumentName } from "./schemas/document-names.ts";
export type { JsonSchema } from "./schemas/vocabulary.ts";
export * as schemaWords from "./schemas/vocabulary.ts";
export type { Amount, SeriesDocument } from "./series-document.ts";
export { buildSummary, type DaySpend, type SummaryDocument, type SummaryPeriod, type UnusualDayDocument } from "./summary.ts";
export { type BudgetsInTrouble, buildWholeSummary, type SummarisedBook } from "./summary-budgets.ts";
export { triedDefinition } from "./tried-definition.ts";
