/** `npm run dev`: builds and starts again after every change to the sources. */
import { execFileSync, spawn } from "node:child_process";
import { watch } from "node:fs";

let server;
let timeout;
let turn = Promise.resolve();
let ending = false;

async function stop(signal) {
  if (!server || server.exitCode !== null || server.signalCode !== null) return;
  const exited = new Promise((done) => server.once("exit", done));
  server.kill(signal);
  await exited;
}

async function run() {
  if (ending) return;
  await stop("SIGTERM");
  try {
    execFileSync(process.execPath, ["scripts/build.mjs"], { stdio: "inherit" });
    server = spawn(process.execPath, ["dist/start.cjs", ...process.argv.slice(2)], { stdio: "inherit" });
  } catch {
    console.error("The build failed; waiting for the next change.");
  }
}

// One after the other: a change while a start is under way waits for it.
function restart() {
  turn = turn.then(run);
}

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"])
  process.on(signal, async () => {
    ending = true;
    await turn;
    await stop(signal);
    process.exit(0);
  });
for (const folder of ["functions", "shared", "local"])
  watch(folder, { recursive: true }, () => {
    clearTimeout(timeout);
    timeout = setTimeout(restart, 200);
  });
restart();
