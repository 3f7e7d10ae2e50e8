/** What all of Copilot's logs have in common. */
import { type AgentCall, emitCall } from "../agent-record.ts";
import type { ImportSink } from "../importer.ts";
import { makerOf } from "../model-provider.ts";

export type CopilotCall = Omit<AgentCall, "source" | "provider" | "model"> & { model: string | undefined };

/** Copilot resells other makers' models under their names, sometimes behind the names of those who pass them on. */
export function emitCopilotCall(sink: ImportSink, call: CopilotCall, line = 0): void {
  const written = call.model ?? "unknown";
  const model = written.slice(written.lastIndexOf("/") + 1);
  emitCall(sink, { ...call, source: "copilot", provider: makerOf(model) ?? "github-copilot", model, requestedModel: written }, line);
}
