/** Buckets in which anything was spent: where many stay unused, only those tell what is usual. */

export const usedOf = (values: Float64Array): Float64Array => values.filter((value) => value > 0);

const MOSTLY = 0.9;

export const areMostlyUsed = (values: Float64Array): boolean => usedOf(values).length >= MOSTLY * values.length;
