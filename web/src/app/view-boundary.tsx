/** A view that breaks says so in its own place: the others stay within reach. */
import { Component, type ReactNode } from "react";
import { Failure } from "../parts/panel.tsx";
import { View } from "../parts/view.tsx";

export class ViewBoundary extends Component<{ children: ReactNode }, { error: Error | undefined }> {
  override state: { error: Error | undefined } = { error: undefined };

  static getDerivedStateFromError(error: Error): { error: Error } {
    return { error };
  }

  override render(): ReactNode {
    const { error } = this.state;
    if (error === undefined) return this.props.children;
    return (
      <View title="This view failed">
        <Failure error={error} again={() => location.reload()} />
      </View>
    );
  }
}
