/**
 * Stands in for a real host where there is none, so that the tests of `npm run test:host` can be tried:
 * FUNCTIONS_HOST="node test/host/stand-in.mjs" npm run test:host
 * The embedded host in a process that is started again when it ends, as the host does with its worker.
 */
import { spawn } from "node:child_process";
import { connect, createServer } from "node:net";
import { resolve } from "node:path";

const [folder, port] = process.argv.slice(2);
const script = resolve(import.meta.dirname ?? new URL(".", import.meta.url).pathname, "../../dist/host.cjs");
let workerPort = Number(port);
let worker;
let ending = false;

function startWorker() {
  workerPort += 1;
  worker = spawn(process.execPath, [script, folder, String(workerPort)], { stdio: "inherit" });
  worker.once("exit", () => (ending ? process.exit(0) : startWorker()));
}

createServer({ allowHalfOpen: true }, (client) => {
  const server = connect(workerPort, "127.0.0.1");
  client.pipe(server);
  server.pipe(client);
  // What was answered before a connection went is passed on, whatever is still being sent.
  const answered = () => {
    client.unpipe(server);
    client.resume();
    client.end();
  };
  server.on("error", answered).on("close", answered);
  client.on("error", () => server.destroy()).on("close", () => server.destroy());
}).listen(Number(port), "127.0.0.1");

process.on("SIGINT", () => {
  ending = true;
  worker.kill("SIGINT");
});
startWorker();
