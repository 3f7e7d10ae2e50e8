import { View } from "../../parts/view.tsx";

export default function ModelsView() {
  return <View title="Models">{undefined}</View>;
}
