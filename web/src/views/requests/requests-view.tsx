import { View } from "../../parts/view.tsx";

export default function RequestsView() {
  return <View title="Requests">{undefined}</View>;
}
