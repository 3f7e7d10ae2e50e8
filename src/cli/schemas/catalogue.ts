/** Every document that the command prints as JSON, and the record form, by name. */
import { analysisSchema } from "./analysis.ts";
import { backtestSchema } from "./backtest.ts";
import { doctorSchema, importSchema, priceProblemsSchema, pricingSchema, repriceSchema, verifySchema } from "./book.ts";
import { alertDeliverySchema, alertsSchema, budgetDefinitionsSchema, budgetsSchema } from "./budgets.ts";
import { explanationSchema } from "./explanation.ts";
import { forecastSchema } from "./forecast.ts";
import { keySchema, keysSchema } from "./keys.ts";
import { recordSchema, recordsSchema, usageSchema } from "./records.ts";
import { reportSchema, summarySchema } from "./reports.ts";
import { serverSchema } from "./server.ts";
import type { JsonSchema } from "./vocabulary.ts";

export type SchemaName =
  | "report"
  | "summary"
  | "analysis"
  | "forecast"
  | "explanation"
  | "budgets"
  | "budget-definitions"
  | "alerts"
  | "alert-delivery"
  | "backtest"
  | "key"
  | "keys"
  | "server"
  | "usage"
  | "import"
  | "verify"
  | "reprice"
  | "pricing"
  | "price-problems"
  | "doctor"
  | "record"
  | "records";

const SCHEMAS: Readonly<Record<SchemaName, JsonSchema>> = {
  report: reportSchema,
  summary: summarySchema,
  analysis: analysisSchema,
  forecast: forecastSchema,
  explanation: explanationSchema,
  budgets: budgetsSchema,
  "budget-definitions": budgetDefinitionsSchema,
  alerts: alertsSchema,
  "alert-delivery": alertDeliverySchema,
  backtest: backtestSchema,
  key: keySchema,
  keys: keysSchema,
  server: serverSchema,
  usage: usageSchema,
  import: importSchema,
  verify: verifySchema,
  reprice: repriceSchema,
  pricing: pricingSchema,
  "price-problems": priceProblemsSchema,
  doctor: doctorSchema,
  record: recordSchema,
  records: recordsSchema,
};

export const SCHEMA_NAMES: readonly SchemaName[] = Object.keys(SCHEMAS) as SchemaName[];

export function schemaOf(name: SchemaName): JsonSchema {
  return SCHEMAS[name];
}
