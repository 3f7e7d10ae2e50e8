/**
 * What do numbers mean? Wavelets, rhythms, forecasts, graphs, explanations: numbers in, numbers out.
 * @module
 */

// Bills
export type { BillPeriod, ModelUsage, Successors } from "./bill/bill-period.ts";
export { type BillChange, type Effects, type EntryExitEffects, explainChange } from "./bill/explain-change.ts";
export { roundToTotal } from "./bill/largest-remainder.ts";
export { logMeanDivisia } from "./bill/log-mean-divisia.ts";
// Budgets
export { conservationZone, type Zone } from "./conservation-zone.ts";
// Forecasts
export { type BacktestOptions, backtestForecast, type ForecastScore, type ReliabilityBin } from "./forecast/backtest.ts";
export { type BurnRateOptions, type BurnRates, burnRates } from "./forecast/burn-rate.ts";
export { conformalExceedance, conformalUpper, type PastRatios } from "./forecast/conformal.ts";
export { type Exceeding, exceeding, type Limit, probabilityOfExceeding } from "./forecast/exceeding.ts";
export { type Forecast, type ForecastOptions, forecast, type Quantiles } from "./forecast/forecast.ts";
export {
  type HoltOptions,
  type HoltWintersOptions,
  holt,
  holtWinters,
  type Smoothed,
  type SmoothingOptions,
  simpleExponentialSmoothing,
} from "./forecast/smoothing.ts";
// Graphs
export { betweenness } from "./graph/betweenness.ts";
export { type Communities, communities, modularity } from "./graph/communities.ts";
export type { Graph } from "./graph/graph.ts";
export { eigengap, type Fiedler, fiedler, type LaplacianOptions, laplacianEigenvalues } from "./graph/laplacian.ts";
export { burtConstraint, effectiveSize } from "./graph/structural-holes.ts";
// Pairs
export { type Correlations, correlate, correlateSeries, type ModelCommunity, type ModelPair, type NamedSeries } from "./pairs/correlate.ts";
export { type Correlation, correlationMatrix, pearson, spearman } from "./pairs/correlation.ts";
export { type Edge, testEdges } from "./pairs/edges.ts";
export type { Datapoint } from "./pairs/usage.ts";
// What is unlike the rest of a series
export { type Anomaly, type AnomalyOptions, detectAnomalies } from "./series/anomalies.ts";
// Series
export type { BucketOptions } from "./series/calendar.ts";
export { type ChangePointOptions, type ChangePoints, changePoints, type Segment } from "./series/change-points.ts";
export { type DecomposeOptions, type Decomposition, decompose, type Rhythm } from "./series/decompose.ts";
export { type EventRhythm, eventRhythm } from "./series/event-rhythm.ts";
export type { Peak } from "./series/peak.ts";
export type { Phase } from "./series/phase.ts";
export type { TestedRhythm } from "./series/rhythms.ts";
export { LiveDecomposition, type LiveOptions, type LiveParts } from "./series/streaming.ts";
// Chance
export { seededRandom } from "./statistics/random.ts";
// Wavelets
export { type BucketBands, CausalMra, causalMra } from "./wavelets/a-trous.ts";
export { type DwtCoefficients, dwt, idwt } from "./wavelets/dwt.ts";
export type { Mode, Wavelet } from "./wavelets/filters.ts";
export { imodwt, type MaximalOverlap, modwt } from "./wavelets/modwt.ts";
export { type Boundary, type MultiresolutionAnalysis, mra } from "./wavelets/mra.ts";
export { maxLevel, type WavedecOptions, wavedec, waverec } from "./wavelets/multilevel.ts";
export {
  bayesThreshold,
  modwtThresholds,
  noiseSigma,
  type Shrinkage,
  shrink,
  sureThreshold,
  universalThreshold,
} from "./wavelets/shrinkage.ts";
export { type ScaleCorrelation, type WaveletCorrelation, waveletCorrelation } from "./wavelets/wavelet-correlation.ts";
