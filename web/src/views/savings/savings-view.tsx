import { View } from "../../parts/view.tsx";

export default function SavingsView() {
  return <View title="Savings">{undefined}</View>;
}
