import { execFileSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";

/** The Nodes at hand by version: that of the tests, those that NODES lists, and nvm's; of 20 and newer. */
export function nodesAtHand(): [version: string, path: string][] {
  const listed = (process.env.NODES ?? "").split(delimiter).filter(Boolean);
  const nvm = join(process.env.NVM_DIR ?? join(homedir(), ".nvm"), "versions/node");
  const installed = existsSync(nvm) ? readdirSync(nvm).map((name) => join(nvm, name, "bin/node")) : [];
  const byVersion = new Map(
    [process.execPath, ...listed, ...installed.filter(existsSync)].map((path) => [
      execFileSync(path, ["--version"], { encoding: "utf8" }).trim(),
      path,
    ]),
  );
  return [...byVersion].filter(([version]) => Number.parseInt(version.slice(1), 10) >= 20);
}
