import { Count, Money } from "../../parts/figures.tsx";
import type { Amount as AnyAmount, Unit } from "./amounts.ts";

/** Money, or tokens where nothing has a price; null is what a test did not find. */
export function Amount({ amount, unit }: { amount: AnyAmount | null; unit: Unit }) {
  if (amount === null) return <>–</>;
  return unit === "usd" ? <Money usd={String(amount)} /> : <Count value={Number(amount)} />;
}
