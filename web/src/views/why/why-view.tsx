import { View } from "../../parts/view.tsx";

export default function WhyView() {
  return <View title="Why">{undefined}</View>;
}
