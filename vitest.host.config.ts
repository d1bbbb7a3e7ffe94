import { defineConfig } from "vitest/config";
import { vitePeggy } from "./scripts/peggy.mjs";

export default defineConfig({
  plugins: [vitePeggy],
  test: {
    include: ["test/host/**/*.test.ts"],
    globalSetup: ["test/host/global-setup.ts", "test/support/global-setup.ts"],
    pool: "forks",
    fileParallelism: false,
    testTimeout: 300_000,
    hookTimeout: 300_000,
  },
});
