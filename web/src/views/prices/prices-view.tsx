import { View } from "../../parts/view.tsx";

export default function PricesView() {
  return <View title="Prices">{undefined}</View>;
}
