import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    globalSetup: ["test/house/build-once.ts", "test/ledger/postgres-server.ts"],
    // The store's tests write real files with real syncs, and the programs under test are spawned: slow disks need air.
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // A test that depends on the machine's zone, language or colours must say so itself.
    env: { TZ: "UTC", LANG: "C.UTF-8", NO_COLOR: "1" },
    pool: "forks",
    // One for each core: most tests wait for disks, timers and other processes.
    maxWorkers: "100%",
  },
});
