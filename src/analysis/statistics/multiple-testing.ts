/** Many tests at once: what each p-value is worth among the others. */

/** Benjamini–Hochberg (1995), Benjamini–Yekutieli (2001), Holm (1979), Bonferroni. */
export type Adjustment = "bh" | "by" | "holm" | "bonferroni";

/** Adjusted p-values, in the order of the given ones: at or below α exactly where the procedure rejects at α. */
export function adjustedPValues(p: ArrayLike<number>, method: Adjustment): Float64Array {
  const m = p.length;
  const adjusted = new Float64Array(m);
  if (method === "bonferroni") return adjusted.map((_, i) => Math.min(1, (p[i] as number) * m));
  const order = Array.from(adjusted, (_, i) => i).sort((a, b) => (p[a] as number) - (p[b] as number) || a - b);
  if (method === "holm") {
    let largest = 0;
    order.forEach((index, rank) => {
      largest = Math.max(largest, (p[index] as number) * (m - rank));
      adjusted[index] = Math.min(1, largest);
    });
    return adjusted;
  }
  let factor = m;
  if (method === "by") factor *= adjusted.reduce((harmonic, _, i) => harmonic + 1 / (i + 1), 0);
  let smallest = 1;
  for (let rank = m; rank >= 1; rank--) {
    const index = order[rank - 1] as number;
    smallest = Math.min(smallest, ((p[index] as number) * factor) / rank);
    adjusted[index] = smallest;
  }
  return adjusted;
}
