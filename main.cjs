// The entry that the Functions host loads: the bundle, or else a sentence in its log.
const { existsSync } = require("node:fs");
const { join } = require("node:path");

if (!existsSync(join(__dirname, "dist/main.cjs")))
  throw new Error("mlflow-functions is not built. Run: npm ci && npm run build");
require("./dist/main.cjs");
