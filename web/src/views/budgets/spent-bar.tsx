/** How much of a budget's cap is spent, and how much is set aside for calls under way. */
import type { BudgetDocument } from "tokenledger/insights";
import { count, dollars, inPicture } from "../../format/amounts.ts";
import { Count, Money } from "../../parts/figures.tsx";
import styles from "./budgets.module.css";

interface Cap {
  unit: "usd" | "tokens";
  spent: number;
  reserved: number;
  cap: number;
  /** The three of them in words. */
  label: string;
}

function capsOf(budget: BudgetDocument): Cap[] {
  const { amount_usd: amount, max_tokens: tokens, spent_usd: spentUsd, reserved_usd: reservedUsd } = budget;
  const { spent_tokens: spent, reserved_tokens: reserved } = budget;
  const caps: Cap[] = [];
  if (amount !== null) {
    const label = `${dollars(spentUsd)} of ${dollars(amount)} spent, ${dollars(reservedUsd)} reserved`;
    caps.push({ unit: "usd", spent: inPicture(spentUsd) ?? 0, reserved: inPicture(reservedUsd) ?? 0, cap: inPicture(amount) ?? 0, label });
  }
  if (tokens !== null) {
    const label = `${count(spent)} of ${count(tokens)} tokens spent, ${count(reserved)} reserved`;
    caps.push({ unit: "tokens", spent, reserved, cap: tokens, label });
  }
  return caps;
}

export function SpentBars({ budget }: { budget: BudgetDocument }) {
  return (
    <div className={styles.bars}>
      {capsOf(budget).map((cap) => (
        <div key={cap.unit}>
          <SpentBar cap={cap} zone={budget.zone} />
          <div className={styles.barText}>
            {cap.unit === "usd" ? (
              <>
                <Money usd={budget.spent_usd} /> of <Money usd={budget.amount_usd} />
                {cap.reserved > 0 && (
                  <span className={styles.muted}>
                    , <Money usd={budget.reserved_usd} /> reserved
                  </span>
                )}
              </>
            ) : (
              <>
                <Count value={budget.spent_tokens} isShort /> of <Count value={budget.max_tokens} isShort /> tokens
                {cap.reserved > 0 && (
                  <span className={styles.muted}>
                    , <Count value={budget.reserved_tokens} isShort /> reserved
                  </span>
                )}
              </>
            )}
          </div>
        </div>
      ))}
    </div>
  );
}

function SpentBar({ cap: { spent, reserved, cap, label }, zone }: { cap: Cap; zone: BudgetDocument["zone"] }) {
  const whole = Math.max(cap, spent + reserved);
  const share = (value: number): string => (whole === 0 ? "0%" : `${Math.max(0, Math.min(100, (value / whole) * 100))}%`);
  return (
    <div className={styles.bar} role="img" aria-label={label}>
      <span className={`${styles.spent} ${styles[zone]}`} style={{ width: share(spent) }} />
      <span className={`${styles.reserved} ${styles[zone]}`} style={{ width: share(reserved) }} />
      {whole > cap && <span className={styles.capMark} style={{ left: share(cap) }} />}
    </div>
  );
}
