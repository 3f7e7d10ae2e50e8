/** From the earlier cost over each effect to the later one. A bar opens whose changes made it. */
import { useMemo } from "react";
import type { ExplanationDocument } from "tokenledger/insights";
import { parseUsd } from "../../../../src/money.ts";
import { Waterfall } from "../../charts/waterfall.tsx";
import { dollars, dollarsMore } from "../../format/amounts.ts";
import { Panel } from "../../parts/panel.tsx";
import type { Question } from "../../question/use-question.ts";
import { EFFECTS, isEffect } from "./effects.ts";
import { OpenedEffect } from "./opened-effect.tsx";
import { periodText } from "./period-text.ts";
import { waterfallSteps } from "./waterfall-steps.ts";
import styles from "./why.module.css";

export function WaterfallPanel({ document, question }: { document: ExplanationDocument; question: Question }) {
  const { from, to } = document;
  const way = useMemo(() => waterfallSteps(document), [document]);
  const texts = useMemo(() => new Map(way.steps.map(({ exact, text }) => [exact, text])), [way]);
  const opened = question.word("effect");
  const open = (effect: string): void => question.change({ effect: opened === effect ? undefined : effect });
  return (
    <Panel title="From before to after" note="Each bar begins where the one above it ends. A bar opens the models whose changes made it.">
      <Waterfall
        label="From before to after"
        before={{ name: periodText(from), value: way.before.value, exact: way.before.exact }}
        effects={way.steps.map(({ effect, value, exact }) => ({
          id: effect,
          name: EFFECTS[effect].name,
          value,
          exact,
          note: EFFECTS[effect].meaning,
        }))}
        after={{ name: periodText(to), value: way.after.value, exact: way.after.exact }}
        formatValue={(value, exact) => {
          if (exact === way.before.exact) return way.before.text;
          if (exact === way.after.exact) return way.after.text;
          return dollars(exact ?? value.toFixed(9));
        }}
        formatEffect={(value, exact) => texts.get(exact ?? "") ?? dollarsMore(exact ?? value.toFixed(9))}
        onSelect={open}
        {...(isEffect(opened) && { selectedId: opened })}
      />
      {parseUsd(way.base_usd) > 0n && (
        <p className={styles.told}>
          The first and the last bar are cut: they begin at {dollars(way.base_usd)}, not at nothing, so that the effects can be seen.
        </p>
      )}
      {isEffect(opened) && (
        <OpenedEffect document={document} effect={opened} question={question} onClose={() => question.change({ effect: undefined })} />
      )}
    </Panel>
  );
}
