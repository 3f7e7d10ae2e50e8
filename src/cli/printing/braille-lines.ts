/** Curves as braille: every character holds two dots across and four down. */

export interface Curve {
  /** Evenly spaced; null where nothing is known, which leaves a gap. */
  values: readonly (number | null)[];
  /** Dots with room between them: for what is uncertain. */
  dotted?: boolean;
}

export interface Frame {
  columns: number;
  rows: number;
  /** What stands at the lowest and at the highest dot. */
  low: number;
  high: number;
}

const BLANK = 0x2800;
/** Of a dotted curve, each so many-th dot. */
const DOTTED_STEPS = 3;
/** Bits of a character's dots, by line and then by column. */
const DOTS: readonly (readonly [number, number])[] = [
  [0x01, 0x08],
  [0x02, 0x10],
  [0x04, 0x20],
  [0x40, 0x80],
];

/**
 * Lines of equal length, from the top. A later curve takes the whole character from an earlier one that it crosses, so that
 * it stays visible in a crowd of dots.
 *
 * @param paint styles the characters of a curve, by its place among the curves
 */
export function brailleLines(curves: readonly Curve[], frame: Frame, paint?: (text: string, curve: number) => string): string[] {
  const { columns, rows } = frame;
  const cells = new Uint8Array(columns * rows);
  const owners = new Int32Array(columns * rows).fill(-1);
  curves.forEach((curve, owner) => {
    for (const [x, y] of dotsOf(curve, frame)) {
      const cell = (y >> 2) * columns + (x >> 1);
      if (owners[cell] !== owner) cells[cell] = 0;
      owners[cell] = owner;
      cells[cell] = (cells[cell] as number) | (DOTS[y & 3]?.[x & 1] as number);
    }
  });
  return Array.from({ length: rows }, (_, row) => rowText(cells, owners, row * columns, columns, paint));
}

function rowText(
  cells: Uint8Array,
  owners: Int32Array,
  first: number,
  columns: number,
  paint: ((text: string, curve: number) => string) | undefined,
): string {
  let text = "";
  for (let at = first; at < first + columns; ) {
    const owner = owners[at] as number;
    let run = "";
    for (; at < first + columns && owners[at] === owner; at++) {
      const dots = cells[at] as number;
      run += dots === 0 ? " " : String.fromCharCode(BLANK + dots);
    }
    text += owner >= 0 && paint ? paint(run, owner) : run;
  }
  return text;
}

/** Neighbours are joined by a straight line; what has no neighbour is a single dot. */
function* dotsOf({ values, dotted = false }: Curve, frame: Frame): Generator<[number, number]> {
  const width = frame.columns * 2;
  const xOf = (index: number): number => (values.length === 1 ? width >> 1 : Math.round((index * (width - 1)) / (values.length - 1)));
  let before: [number, number] | undefined;
  let step = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (value === null || value === undefined || !Number.isFinite(value)) {
      before = undefined;
      continue;
    }
    const here: [number, number] = [xOf(i), dotRow(value, frame)];
    for (const dot of before ? segment(before, here) : [here]) if (!dotted || step++ % DOTTED_STEPS === 0) yield dot;
    before = here;
  }
}

/** A range without height stands in the middle. */
function dotRow(value: number, { rows, low, high }: Frame): number {
  const lowest = rows * 4 - 1;
  const share = high > low ? (high - value) / (high - low) : 0.5;
  return Math.round(Math.min(1, Math.max(0, share)) * lowest);
}

/** Bresenham's line, without its first dot: there the segment before has ended. */
function* segment([fromX, fromY]: [number, number], [toX, toY]: [number, number]): Generator<[number, number]> {
  const [width, height] = [Math.abs(toX - fromX), -Math.abs(toY - fromY)];
  const [stepX, stepY] = [Math.sign(toX - fromX), Math.sign(toY - fromY)];
  let [x, y, error] = [fromX, fromY, width + height];
  while (x !== toX || y !== toY) {
    const twice = 2 * error;
    if (twice >= height) {
      error += height;
      x += stepX;
    }
    if (twice <= width) {
      error += width;
      y += stepY;
    }
    yield [x, y];
  }
}
