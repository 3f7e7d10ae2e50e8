import { View } from "../../parts/view.tsx";

export default function RhythmView() {
  return <View title="Rhythm">{undefined}</View>;
}
