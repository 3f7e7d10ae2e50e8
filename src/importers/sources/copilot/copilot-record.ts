/** What all of Copilot's logs have in common. */

import type { ImportSink } from "../../importer.ts";
import { type AgentCall, emitCall } from "../../records/agent-record.ts";
import { makerOf } from "../../records/model-provider.ts";

export type CopilotCall = Omit<AgentCall, "source" | "provider">;

/** Copilot resells other makers' models under their names, sometimes behind the names of those who pass them on. */
export function emitCopilotCall(sink: ImportSink, call: CopilotCall, line = 0): void {
  const model = call.model?.slice(call.model.lastIndexOf("/") + 1);
  emitCall(
    sink,
    { ...call, source: "copilot", provider: makerOf(model ?? "") ?? "github-copilot", model, requestedModel: call.model },
    line,
  );
}
