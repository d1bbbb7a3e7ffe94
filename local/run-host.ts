/**
 * Runs the app of a folder on the embedded host, by its package.json and the settings of its local.settings.json alone,
 * as `func start` does: node dist/host.cjs <folder> <port>
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { withoutSecrets } from "../shared/tools/secrets.ts";
import { readSettings } from "../shared/tools/settings.ts";
import { startHost } from "./host/index.ts";
import { begin, endOnSignals, fail, onStarted } from "./lifecycle.ts";

async function main([folder = ".", port = "7071"]: string[]): Promise<void> {
  endOnSignals();
  process.chdir(folder);
  const settings = await readSettings();
  const log = (level: string, message: string) => console.error(withoutSecrets(`${level} ${message}`));
  const { main } = JSON.parse(await readFile("package.json", "utf8"));
  const entry = join(process.cwd(), main);
  const host = await begin(startHost({ entry, host: "127.0.0.1", port: Number(port), settings, log }));
  onStarted(host.close);
  console.log(`The embedded host is ready: ${host.url}`);
}

main(process.argv.slice(2)).catch((error: Error) => fail(error));
