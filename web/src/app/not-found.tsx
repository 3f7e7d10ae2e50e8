import { Link } from "react-router";
import { Empty } from "../parts/panel.tsx";
import { View } from "../parts/view.tsx";

export function NotFound() {
  return (
    <View title="Nothing here">
      <Empty title="There is no view at this address.">
        <Link to="/">Go to the overview</Link>
      </Empty>
    </View>
  );
}

export function NotForMembers() {
  return (
    <View title="Not for this key">
      <Empty title="This key is a member's: it sees its own calls.">
        <Link to="/explore">See what they cost</Link>
      </Empty>
    </View>
  );
}
