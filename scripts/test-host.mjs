/** `npm run test:host`: tests against a real Functions host, where there is one. */
import { spawnSync } from "node:child_process";

const hasCoreTools = () =>
  spawnSync("func", ["--version"], { stdio: "ignore", shell: process.platform === "win32" }).status === 0;

if (process.env.FUNCTIONS_HOST || hasCoreTools()) {
  const args = ["node_modules/vitest/vitest.mjs", "run", "--config", "vitest.host.config.ts", ...process.argv.slice(2)];
  process.exitCode = spawnSync(process.execPath, args, { stdio: "inherit" }).status ?? 1;
} else {
  console.log(
    "No Functions host, so nothing was tested: install azure-functions-core-tools@4 (npm), or name a command that takes an app folder and a port in FUNCTIONS_HOST.",
  );
  // Who runs it in CI means it to be tested.
  process.exitCode = process.env.CI ? 1 : 0;
}
