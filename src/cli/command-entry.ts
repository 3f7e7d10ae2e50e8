/** A command as the catalogue lists it. */
import type { Command } from "./command-line.ts";

export interface CommandEntry {
  name: string;
  summary: string;
  /** The command's own file, loaded only when its name is typed. */
  load(): Promise<{ define(command: Command, commands: readonly CommandEntry[]): void }>;
}
