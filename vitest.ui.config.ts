import { defineConfig } from "vitest/config";
import { vitePeggy } from "./scripts/peggy.mjs";

export default defineConfig({
  plugins: [vitePeggy],
  test: {
    include: ["test/ui/**/*.test.ts"],
    globalSetup: ["test/support/global-setup.ts", "test/ui/global-setup.ts"],
    pool: "forks",
    fileParallelism: false,
    testTimeout: 240_000,
    hookTimeout: 600_000,
  },
});
