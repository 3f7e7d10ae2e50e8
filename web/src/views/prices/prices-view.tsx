/** What models cost: those in use, those without a price, all that are known, and the way from a call to its cost. */
import { useCosts } from "../../api/answers.ts";
import { View } from "../../parts/view.tsx";
import { useBook } from "../../question/book.tsx";
import { daysOfPeriod } from "../../question/period.ts";
import { useQuestion } from "../../question/use-question.ts";
import { ExplainPanel } from "./explain-panel.tsx";
import { ModelsInUse, UnpricedPanel } from "./models-panel.tsx";
import { PriceList } from "./price-list.tsx";

const MOST_MODELS = 1_000;

export default function PricesView() {
  const question = useQuestion();
  const book = useBook();
  const recent = useCosts({ ...daysOfPeriod("90d", book), group_by: "model", sort: "cost", limit: MOST_MODELS });
  const ever = useCosts({ group_by: "model", sort: "requests", limit: MOST_MODELS });
  return (
    <View title="Prices" lead="What a million tokens of each model cost, where that is known from, and since when.">
      <UnpricedPanel costs={ever} />
      <ModelsInUse costs={recent} onShow={(model) => question.change({ explain_model: model, explain_provider: undefined })} />
      <ExplainPanel key={JSON.stringify([question.word("explain_model"), question.word("explain_provider")])} question={question} />
      <PriceList question={question} />
    </View>
  );
}
