/** The JSON Schemas of all documents that are made from the book, and of the record form. */
import { analysisSchema } from "./analysis.ts";
import { auditSchema } from "./audit.ts";
import { backtestSchema } from "./backtest.ts";
import { alertDeliverySchema, alertsSchema, budgetDefinitionsSchema, budgetSchema, budgetsSchema } from "./budgets.ts";
import type { DocumentName } from "./document-names.ts";
import { explanationSchema } from "./explanation.ts";
import { forecastSchema } from "./forecast.ts";
import { keySchema, keysSchema, sessionSchema } from "./keys.ts";
import { pricingSchema } from "./prices.ts";
import { receiptsSchema } from "./receipts.ts";
import { recommendationsSchema, simulationSchema } from "./recommendations.ts";
import { recordCostSchema } from "./record-cost.ts";
import { recordSchema, recordsSchema, usageResultsSchema, usageSchema } from "./records.ts";
import { costsSchema, reportSchema, summarySchema } from "./reports.ts";
import { reservationsSchema } from "./reservations.ts";
import { savingsSchema } from "./savings.ts";
import type { JsonSchema } from "./vocabulary.ts";

export const SCHEMAS: Readonly<Record<DocumentName, JsonSchema>> = {
  report: reportSchema,
  costs: costsSchema,
  summary: summarySchema,
  analysis: analysisSchema,
  forecast: forecastSchema,
  explanation: explanationSchema,
  recommendations: recommendationsSchema,
  simulation: simulationSchema,
  receipts: receiptsSchema,
  savings: savingsSchema,
  budgets: budgetsSchema,
  budget: budgetSchema,
  "budget-definitions": budgetDefinitionsSchema,
  alerts: alertsSchema,
  "alert-delivery": alertDeliverySchema,
  backtest: backtestSchema,
  key: keySchema,
  keys: keysSchema,
  session: sessionSchema,
  reservations: reservationsSchema,
  pricing: pricingSchema,
  audit: auditSchema,
  usage: usageSchema,
  "usage-results": usageResultsSchema,
  "record-cost": recordCostSchema,
  record: recordSchema,
  records: recordsSchema,
};
