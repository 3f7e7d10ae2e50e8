/** Money as mathematics takes it, in floats of USD: for estimates, never for sums that must be exact. */
import { NANO_PER_USD } from "../money.ts";

export const NANO_USD_IN_USD: number = Number(NANO_PER_USD);

export const usdOf = (nanoUsd: bigint): number => Number(nanoUsd) / NANO_USD_IN_USD;
