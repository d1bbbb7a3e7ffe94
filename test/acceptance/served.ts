/** Stock servers on what stock clients made (test/cli/import/make.py). */
import { cp, rm } from "node:fs/promises";
import { join } from "node:path";
import { unpacked } from "../cli/import/importing.ts";
import { type StockServer, startStock } from "./stock-server.ts";

/** @param closing is given what ends it */
export async function served(
  name: string,
  version: "3.17.2" | "2.22.5",
  store: string,
  closing: (() => Promise<unknown>)[],
): Promise<{ folder: string; server: StockServer }> {
  const { folder, remove } = await unpacked(name);
  closing.push(remove);
  // Where it was made: the runs name their artifacts' places in full.
  const made = join("/tmp/mlflow-made", name);
  await cp(folder, made, { recursive: true });
  closing.push(() => rm(made, { recursive: true }));
  const server = await startStock({ database: store, version, cwd: folder, env: { MLFLOW_ALLOW_FILE_STORE: "true" } });
  closing.push(server.stop);
  return { folder, server };
}
