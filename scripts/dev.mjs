/** `npm run dev`: builds and starts again after every change to the sources. */
import { execFileSync, spawn } from "node:child_process";
import { watch } from "node:fs";

let server;
let restart;

async function run() {
  if (server && server.exitCode === null) {
    const exited = new Promise((done) => server.once("exit", done));
    server.kill("SIGTERM");
    await exited;
  }
  try {
    execFileSync(process.execPath, ["scripts/build.mjs"], { stdio: "inherit" });
    server = spawn(process.execPath, ["dist/start.cjs", ...process.argv.slice(2)], { stdio: "inherit" });
  } catch {
    console.error("The build failed; waiting for the next change.");
  }
}

for (const folder of ["functions", "shared", "local"])
  watch(folder, { recursive: true }, () => {
    clearTimeout(restart);
    restart = setTimeout(run, 200);
  });
await run();
