/** azd's prepackage hook: makes dist/app, which azd ships as it is. */
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { hook, root, Stop, say } from "./lib/hook.mjs";

await hook(async () => {
  try {
    for (const script of ["install", "package"])
      execFileSync(process.execPath, [join("scripts", `${script}.mjs`)], { cwd: root, stdio: "inherit" });
  } catch {
    throw new Stop(
      "dist/app could not be made, and nothing is shipped without it. See why, mend it, and run azd again:\n" +
        "  npm ci && npm run package",
    );
  }
  if (!existsSync(join(root, "dist/app/ui")))
    say("MLflow's page is not in it. To ship it too: npm run ui && azd deploy");
});
