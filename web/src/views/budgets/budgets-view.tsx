import { View } from "../../parts/view.tsx";

export default function BudgetsView() {
  return <View title="Budgets">{undefined}</View>;
}
