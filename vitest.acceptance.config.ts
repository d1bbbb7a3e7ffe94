import { defineConfig } from "vitest/config";
import { vitePeggy } from "./scripts/peggy.mjs";

export default defineConfig({
  plugins: [vitePeggy],
  test: {
    include: ["test/acceptance/**/*.test.ts"],
    globalSetup: ["test/acceptance/global-setup.ts", "test/support/global-setup.ts"],
    pool: "forks",
    // Each file starts servers of its own, and the machines this runs on are small.
    fileParallelism: false,
    testTimeout: 300_000,
    hookTimeout: 600_000,
  },
});
