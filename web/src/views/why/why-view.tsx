/** Why: what made one period dearer or cheaper than another, in effects that add up to the change. */
import { useExplanation } from "../../api/answers.ts";
import { Answer } from "../../parts/panel.tsx";
import { View } from "../../parts/view.tsx";
import { useBook } from "../../question/book.tsx";
import { type Question, useQuestion } from "../../question/use-question.ts";
import { askedComparison } from "./comparison.ts";
import { ComparisonBar } from "./comparison-bar.tsx";
import { Explained } from "./explained.tsx";
import { BY } from "./explained-names.ts";

export default function WhyView() {
  const question = useQuestion("month");
  const { anchor } = useBook();
  const word = question.word("by");
  const by = BY.find((one) => one === word) ?? "model";
  const asked = askedComparison({ to: question.word("to"), from: question.word("from"), carried: carriedDays(question) }, anchor);
  const { team, user, project, provider, model, source, tag } = question.filters;
  const parameters = { ...asked.parameters, team, user, project, provider, model, source, tag };
  // The effects are those of models, whatever the names are: what is behind a bar is asked for at the same time.
  const models = useExplanation({ ...parameters, by: "model" });
  const names = useExplanation({ ...parameters, by }, { isWanted: by !== "model" });
  return (
    <View
      title="Why"
      lead="Why two periods cost different amounts: effects that add up to the difference, to the last digit."
      bar={<ComparisonBar question={question} asked={asked} by={by} document={models.data} />}
    >
      <Answer answer={models}>
        {(document) => <Explained document={document} names={by === "model" ? models : names} question={question} by={by} />}
      </Answer>
    </View>
  );
}

/** The days that another view was asked for; all time has nothing before it to compare with. */
function carriedDays(question: Question): Question["days"] | undefined {
  const isCarried = question.word("period") !== undefined || question.word("start") !== undefined;
  return isCarried && question.period !== "all" ? question.days : undefined;
}
