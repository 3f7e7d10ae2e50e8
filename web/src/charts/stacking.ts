/** Where stacked series begin and end at each time. */

export interface StackInput {
  values: readonly (number | null)[];
  stacked?: boolean | undefined;
  /** A hidden series takes no room in the stack. */
  hidden?: boolean | undefined;
}

export interface StackedSpan {
  /** The edge nearer to zero; null where the value is unknown. */
  from: (number | null)[];
  /** The edge farther from zero. */
  to: (number | null)[];
  /** Whether nothing stands on it at that time: the end that is rounded. */
  outermost: boolean[];
}

/**
 * Gains stand on gains above zero, losses under losses below it. An unknown value takes no room and is not drawn:
 * the series after it stand on what is known.
 */
export function stack(inputs: readonly StackInput[], length: number): StackedSpan[] {
  const above = new Float64Array(length);
  const below = new Float64Array(length);
  const outermostAbove = new Int32Array(length).fill(-1);
  const outermostBelow = new Int32Array(length).fill(-1);
  const spans = inputs.map(({ values, stacked, hidden }, index): StackedSpan => {
    const span: StackedSpan = {
      from: new Array(length).fill(null),
      to: new Array(length).fill(null),
      outermost: new Array(length).fill(true),
    };
    for (let at = 0; at < length; at += 1) {
      const value = values[at] ?? null;
      if (value === null || !Number.isFinite(value)) continue;
      if (!stacked) {
        span.from[at] = 0;
        span.to[at] = value;
        continue;
      }
      if (hidden) continue;
      const sums = value < 0 ? below : above;
      const outermost = value < 0 ? outermostBelow : outermostAbove;
      const from = sums[at] ?? 0;
      span.from[at] = from;
      span.to[at] = from + value;
      sums[at] = from + value;
      if (value === 0) continue;
      outermost[at] = index;
    }
    return span;
  });
  for (const [index, span] of spans.entries()) {
    if (!inputs[index]?.stacked) continue;
    for (let at = 0; at < length; at += 1) span.outermost[at] = outermostAbove[at] === index || outermostBelow[at] === index;
  }
  return spans;
}
