// The entry for a host that runs this folder: the last build, of which a deployment has the packaged folder only.
const { existsSync } = require("node:fs");
const { join } = require("node:path");

const bundle = ["dist/main.cjs", "dist/app/main.cjs"].map((path) => join(__dirname, path)).find(existsSync);
if (!bundle) throw new Error("mlflow-functions is not built. Run: npm ci && npm run package");
require(bundle);
