/**
 * The real clients that are tried: the current major version of each, and the two before. They run on every Node that the
 * tests run on, whatever their packages say (`openai` 7 and `ai` 7 name Node 22, and run on 20).
 */
import { readFileSync } from "node:fs";
import { resolve } from "node:path";

/** One version of a client. Older ones are typed as the current one: tests do only what all of them can do. */
export interface ClientVersion<Modules> {
  /** `openai 7.57.0`. */
  name: string;
  major: number;
  load(): Promise<Modules>;
}

export interface AiSdkModules {
  ai: typeof import("ai");
  openai: typeof import("@ai-sdk/openai");
  anthropic: typeof import("@ai-sdk/anthropic");
}

export const OPENAI: readonly ClientVersion<typeof import("openai")>[] = [
  version("openai", () => import("openai")),
  version("openai-6", () => import("openai-6")),
  version("openai-5", () => import("openai-5")),
];

export const ANTHROPIC: readonly ClientVersion<typeof import("@anthropic-ai/sdk")>[] = [
  version("@anthropic-ai/sdk", () => import("@anthropic-ai/sdk")),
  version("anthropic-sdk-0", () => import("anthropic-sdk-0")),
];

/** Each with the providers of its time. */
export const AI_SDK: readonly ClientVersion<AiSdkModules>[] = [
  version("ai", async () => ({
    ai: await import("ai"),
    openai: await import("@ai-sdk/openai"),
    anthropic: await import("@ai-sdk/anthropic"),
  })),
  version("ai-6", async () => ({
    ai: await import("ai-6"),
    openai: await import("ai-sdk-openai-3"),
    anthropic: await import("ai-sdk-anthropic-3"),
  })),
  version("ai-5", async () => ({
    ai: await import("ai-5"),
    openai: await import("ai-sdk-openai-2"),
    anthropic: await import("ai-sdk-anthropic-2"),
  })),
];

/** @param installedAs the folder in node_modules: older versions stand under names of their own */
function version<Modules>(installedAs: string, load: () => Promise<unknown>): ClientVersion<Modules> {
  const manifest = resolve(import.meta.dirname, "../../node_modules", installedAs, "package.json");
  const { name, version: number } = JSON.parse(readFileSync(manifest, "utf8")) as { name: string; version: string };
  return { name: `${name} ${number}`, major: Number(number.split(".", 1)[0]), load: load as () => Promise<Modules> };
}
