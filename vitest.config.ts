import { defineConfig } from "vitest/config";
import { vitePeggy } from "./scripts/peggy.mjs";

export default defineConfig({
  plugins: [vitePeggy],
  test: {
    include: ["test/**/*.test.ts"],
    exclude: ["test/acceptance/**", "test/ui/**", "test/host/**"],
    globalSetup: "test/support/global-setup.ts",
    // A process for each file: an app reads its settings once.
    pool: "forks",
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
