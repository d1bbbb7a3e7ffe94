/**
 * Stands in for a real host where there is none, so that the tests of `npm run test:host` can be tried:
 * FUNCTIONS_HOST="node $PWD/test/host/stand-in.mjs" npm run test:host
 * The embedded host in a process that is started again when it ends, as the host does with its worker.
 */
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

const [folder, port] = process.argv.slice(2);
const script = fileURLToPath(new URL("../../dist/host.cjs", import.meta.url));
let worker;
let ending = false;

function startWorker() {
  worker = spawn(process.execPath, [script, folder, port], { stdio: "inherit" });
  worker.once("exit", () => (ending ? process.exit(0) : startWorker()));
}

process.on("SIGINT", () => {
  ending = true;
  worker.kill("SIGINT");
});
startWorker();
