/**
 * What do numbers mean? Wavelets, rhythms, forecasts, graphs, explanations: numbers in, numbers out.
 * @module
 */
