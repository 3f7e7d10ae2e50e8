import { View } from "../../parts/view.tsx";

export default function ExploreView() {
  return <View title="Explore">{undefined}</View>;
}
