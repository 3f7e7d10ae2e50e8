import { View } from "../../parts/view.tsx";

export default function OverviewView() {
  return <View title="Overview">{undefined}</View>;
}
