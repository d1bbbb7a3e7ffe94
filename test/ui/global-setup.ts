import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { venv } from "../acceptance/venv.ts";

/** MLflow's page comes from the same package as the client that fills the server. */
export default async function setup() {
  const python = join(await venv("3.18.0"), "bin/python");
  execFileSync(process.execPath, ["scripts/build.mjs"], { stdio: "inherit" });
  execFileSync(process.execPath, ["dist/install-ui.cjs", "--python", python], { stdio: "inherit" });
}
