import { View } from "../../parts/view.tsx";

export default function KeysView() {
  return <View title="Keys">{undefined}</View>;
}
