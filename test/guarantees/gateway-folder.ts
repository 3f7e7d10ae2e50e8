/** What the tests of one file share: a folder, an upstream that stands in for all providers, a configuration that names it. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";
import { type ScriptedUpstream, startScriptedUpstream } from "../../src/testing/index.ts";
import { PROVIDER_KEY, writeGatewayConfig } from "./gateway-process.ts";

/** Gone again after the file's last test. */
export async function gatewayFolder(): Promise<{ folder: string; upstream: ScriptedUpstream; config: string }> {
  const folder = mkdtempSync(join(tmpdir(), "tokenledger-gateway-"));
  const upstream = await startScriptedUpstream({ apiKey: PROVIDER_KEY });
  afterAll(async () => {
    await upstream.close();
    rmSync(folder, { recursive: true });
  });
  return { folder, upstream, config: writeGatewayConfig(folder, upstream.url) };
}
