/** All pictures of figures. Each has a name for screen readers, and a table of its figures. */
export { BurnDown, type BurnDownProps, type ConservationZone } from "./burn-down.tsx";
export { HeatMap, type HeatMapProps, MatrixMap, type MatrixMapProps } from "./heat-map.tsx";
export { IntervalBar, type IntervalBarProps } from "./interval-bar.tsx";
export { domainOf } from "./interval-domain.ts";
export type { NetworkLink, NetworkNode } from "./network.ts";
export { NetworkGraph, type NetworkGraphProps } from "./network-graph.tsx";
export type { ChartBand, ChartLimit, ChartMark, ChartSeries, FormatValue, SeriesColour, Tone } from "./series.ts";
export { ShareBars, type ShareBarsProps, type ShareBarsRow } from "./share-bars.tsx";
export { Sparkline, type SparklineProps } from "./sparkline.tsx";
export type { Bucket } from "./time-axis.ts";
export { TimeChart, type TimeChartProps } from "./time-chart.tsx";
export { Waterfall, type WaterfallEffect, type WaterfallProps, type WaterfallTotal } from "./waterfall.tsx";
