import { defineConfig } from "vitest/config";
import { vitePeggy } from "./scripts/peggy.mjs";

/** What takes longer than twenty seconds: starts of whole apps, waits for time limits, thousands of rows or uploads. */
const slow = [
  "test/attack/{repeated-input,signed-in}.test.ts",
  "test/clean-up.test.ts",
  "test/cli/{commands,doctor,doctor-outside,grant,migrate-old}.test.ts",
  "test/cli/import/*.test.ts",
  "test/db/{doctor-database,lock-timeouts,login-token,undeclared-pooler,upgrade-refused}.test.ts",
  "test/health.test.ts",
  "test/identity/*-table*.test.ts",
  "test/local/{killed-upload,services,start,start-page,start-refusals}.test.ts",
  "test/mlflow-artifacts.test.ts",
  "test/deploy/{app,sign-in,subscription}.test.ts",
  "test/start-up.test.ts",
  "test/storage-frozen.test.ts",
];

const elsewhere = ["test/acceptance/**", "test/ui/**", "test/host/**"];

const project = (name: string, include: string[], exclude: string[]) => ({
  plugins: [vitePeggy],
  // A process for each file: an app reads its settings once.
  test: { name, include, exclude, pool: "forks" as const, testTimeout: 60_000, hookTimeout: 60_000 },
});

// `npm test -- --project fast` runs those that are done soon.
export default defineConfig({
  plugins: [vitePeggy],
  test: {
    projects: [project("fast", ["test/**/*.test.ts"], [...elsewhere, ...slow]), project("slow", slow, [])],
    globalSetup: ["test/support/global-setup.ts", "test/support/every-route.ts"],
    maxWorkers: 2,
  },
});
