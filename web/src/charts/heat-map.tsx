/** Two dimensions as a table of coloured cells; each cell's value is its text. */
import type { ReactNode } from "react";
import { CellMap, type CellMapProps } from "./cell-map.tsx";
import { divergingStep, highestOf, sequentialStep } from "./colour-steps.ts";

type MapProps = Omit<CellMapProps, "stepOf" | "legend" | "scale">;

const STEPS = 4;

export function HeatMap(map: MapProps): ReactNode {
  const highest = highestOf(map.values);
  return (
    <CellMap
      {...map}
      stepOf={(value) => sequentialStep(value, highest, STEPS)}
      legend={{
        low: map.formatValue(0),
        high: map.formatValue(highest),
        steps: Array.from({ length: STEPS + 1 }, (_, step) => step),
      }}
      scale="sequential"
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
      stepOf={(value) => divergingStep(value, limit, STEPS)}
      legend={{ low: map.formatValue(-limit), high: map.formatValue(limit), steps: [-4, -3, -2, -1, 0, 1, 2, 3, 4] }}
      scale="diverging"
    />
  );
}
