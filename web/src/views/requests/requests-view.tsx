/** Single requests: a list of them, and each in full. */
import { View } from "../../parts/view.tsx";
import { QuestionBar } from "../../question/question-bar.tsx";
import { FILTERS, useQuestion } from "../../question/use-question.ts";
import { RequestList } from "./request-list.tsx";
import { RequestSearch } from "./request-search.tsx";
import { SelectedRequest } from "./selected-request.tsx";

export default function RequestsView() {
  const question = useQuestion("month");
  const [id, requestId] = [question.word("id"), question.word("request_id")];
  return (
    <View
      title="Requests"
      lead="Each call as the book has it, and how its price comes about."
      bar={<QuestionBar question={question} filters={FILTERS} />}
    >
      <RequestSearch key={requestId} question={question} />
      {(id !== undefined || requestId !== undefined) && <SelectedRequest id={id} requestId={requestId} />}
      <RequestList question={question} selectedId={id} />
    </View>
  );
}
