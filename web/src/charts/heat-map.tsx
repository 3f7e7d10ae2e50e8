/** Two dimensions as a table of coloured cells; each cell's value is its text. */
import type { ReactNode } from "react";
import { CellMap } from "./cell-map.tsx";
import { divergingStep, highestOf, sequentialStep } from "./colour-steps.ts";
import type { FormatValue } from "./series.ts";

interface MapProps {
  label: string;
  /** What the rows are, as "Weekday". */
  rowHeading: string;
  rows: readonly string[];
  columns: readonly string[];
  /** Row by row; null is unknown. */
  values: readonly (readonly (number | null)[])[];
  exact?: readonly (readonly (string | null)[])[] | undefined;
  formatValue: FormatValue;
  /** A cell's place in words; without it, its row and column. */
  describe?: ((row: number, column: number) => string) | undefined;
  onSelect?: ((row: number, column: number) => void) | undefined;
}

export interface HeatMapProps extends MapProps {
  steps?: 4 | 5 | undefined;
}

export function HeatMap({ steps = 4, ...map }: HeatMapProps): ReactNode {
  const highest = highestOf(map.values);
  return (
    <CellMap
      {...map}
      stepOf={(value) => sequentialStep(value, highest, steps)}
      legend={{
        low: map.formatValue(0),
        high: map.formatValue(highest),
        steps: Array.from({ length: steps + 1 }, (_, step) => step),
      }}
      scale={steps === 5 ? "five" : "four"}
    />
  );
}

export interface MatrixMapProps extends MapProps {
  /** The value at the strongest colour on both sides. */
  limit?: number | undefined;
}

export function MatrixMap({ limit = 1, ...map }: MatrixMapProps): ReactNode {
  return (
    <CellMap
      {...map}
      stepOf={(value) => divergingStep(value, limit, 4)}
      legend={{ low: map.formatValue(-limit), high: map.formatValue(limit), steps: [-4, -3, -2, -1, 0, 1, 2, 3, 4] }}
      scale="diverging"
    />
  );
}
