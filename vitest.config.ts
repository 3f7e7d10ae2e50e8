import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    globalSetup: ["test/house/build-once.ts", "test/ledger/postgres-server.ts"],
    // The store's tests write real files with real syncs, and the programs under test are spawned: slow disks and few cores need air.
    testTimeout: 60_000,
    hookTimeout: 120_000,
    // What is waited for comes when it comes; the second that is usual says more of the machine than of the code.
    expect: { poll: { timeout: 20_000 } },
    // A test that depends on the machine's zone, language or colours must say so itself.
    env: { TZ: "UTC", LANG: "C.UTF-8", NO_COLOR: "1" },
    pool: "forks",
    // One for each core: most tests wait for disks, timers and other processes.
    maxWorkers: "100%",
  },
});
