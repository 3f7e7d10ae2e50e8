import { View } from "../../parts/view.tsx";

export default function LiveView() {
  return <View title="Live">{undefined}</View>;
}
