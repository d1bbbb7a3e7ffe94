import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { basename, dirname, join, relative, resolve } from "node:path";
import { build, type Plugin } from "esbuild";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { groups } from "../functions/main.ts";
import { loadApp } from "../local/host/functions-core.ts";
import { invoke } from "../local/host/invocation.ts";
import { englishOnly, librariesApart } from "../scripts/libraries.mjs";
import { esbuildPeggy } from "../scripts/peggy.mjs";

/** The modules of the app in the order of their evaluation; each one says so by a line in front of it. */
const evaluated: string[] = [];
Object.assign(globalThis, { evaluated });

const noting = (name: string) => `globalThis.evaluated.push(${JSON.stringify(name)});\n`;
const dummies = Array.from({ length: 300 }, (_, index) => `dummy:${index}`);
const grown = "functions/runs/routes.ts";

/** A group's table with the routes of these modules in front of its own. */
function withMore(table: string, more: readonly string[]): string {
  const imports = more.map((dummy, index) => `import dummy${index} from "${dummy}";\n`).join("");
  const rows = more.map((_, index) => `...dummy${index}, `).join("");
  return imports + table.replace("export default [", `export default [${rows}`);
}

/** Each module notes its evaluation; `runs` gets so many routes more, each with a module of its own. */
const noteEvaluations = (more: readonly string[]): Plugin => ({
  name: "note-evaluations",
  setup({ onLoad, onResolve }) {
    onLoad({ filter: /\/(functions|shared)\/.*\.ts$/ }, async ({ path }) => {
      const name = relative(resolve("."), path);
      const source = await readFile(path, "utf8");
      return { contents: noting(name) + (name === grown ? withMore(source, more) : source), loader: "ts" };
    });
    onResolve({ filter: /^dummy:/ }, ({ path }) => ({ path, namespace: "dummy" }));
    onLoad({ filter: /.*/, namespace: "dummy" }, ({ path }) => ({
      contents: `
        import { routes } from ${JSON.stringify(resolve("shared/platform/http/route.ts"))};
        import { z } from "zod";
        ${noting(path)}
        const at = "GET 2.0/mlflow/runs/${path.replace(":", "-")}";
        export default routes([{ at, input: z.unknown(), run: () => ({ dummy: true }) }]);`,
      resolveDir: resolve("."),
      loader: "ts",
    }));
  },
});

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "mlflow-functions-start-up-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Launches the app with these modules added, and answers what was evaluated for it. */
async function launched(name: string, more: readonly string[]) {
  const outfile = join(folder, `${name}.cjs`);
  await build({
    entryPoints: ["functions/main.ts"],
    bundle: true,
    platform: "node",
    format: "cjs",
    external: ["@azure/functions-core"],
    define: { "import.meta.url": "importMetaUrl" },
    banner: { js: 'const importMetaUrl = require("node:url").pathToFileURL(__filename).href;' },
    plugins: [esbuildPeggy, noteEvaluations(more)],
    logLevel: "error",
    outfile,
  });
  evaluated.length = 0;
  const app = await loadApp(outfile, () => {});
  return { app, atLaunch: [...evaluated] };
}

async function call(app: Awaited<ReturnType<typeof loadApp>>, functionName: string, path: string): Promise<unknown> {
  const found = app.functions.find(({ metadata }) => metadata.name === functionName)!;
  const [binding] = Object.entries(found.metadata.bindings).find(([, { type }]) => type === "httpTrigger")!;
  const http = { url: `http://localhost${path}`, method: "GET", nullableHeaders: { host: { value: "localhost" } } };
  const answer = await invoke(app, found, binding, { http: { ...http, body: {} } }, () => {});
  return answer?.statusCode;
}

const tables = (modules: readonly string[]) => modules.filter((module) => /^functions\/.*routes\.ts$/.test(module));

/** The tables of the groups that are served; those of the others come with the server's own. */
const served = (modules: readonly string[]) =>
  tables(modules).filter((table) => groups.some(({ name }) => table === `functions/${name}/routes.ts`));

/** Packages in main.cjs. Heavy ones have files of their own, which are loaded when they are needed. */
const usedByAll = [
  "@azure/functions",
  "@azure/functions-extensions-base",
  "cookie",
  "dataloader",
  "pg",
  "pg-cloudflare",
  "pg-connection-string",
  "pg-int8",
  "pg-pool",
  "pg-protocol",
  "pg-types",
  "pgpass",
  "postgres-array",
  "postgres-bytea",
  "postgres-date",
  "postgres-interval",
  "rou3",
  "split2",
  "sql-template-tag",
  "xtend",
  "zod",
];

describe("starting up", () => {
  it("evaluates no more modules where there are 300 routes more", async () => {
    const usual = await launched("usual", []);
    const more = await launched("more", dummies);
    expect(more.atLaunch).toEqual(usual.atLaunch);
    expect(more.atLaunch).toContain("functions/main.ts");
  });

  it("evaluates the routes of a group with its first request, and those of no other", async () => {
    process.env.MLFLOW_FUNCTIONS_AUTH = "none";
    const { app, atLaunch } = await launched("lazy", dummies);
    expect(tables(atLaunch)).toEqual([]);
    expect(await call(app, "z-server", "/health")).toBe("200");
    expect(served(evaluated)).toEqual(["functions/server/routes.ts"]);
    expect(await call(app, "runs", "/api/2.0/mlflow/runs/dummy-299")).toBe("200");
    expect(served(evaluated).sort()).toEqual(["functions/runs/routes.ts", "functions/server/routes.ts"]);
    expect(evaluated).toEqual(expect.arrayContaining(dummies));
  });

  it("loads the libraries of Azure and of GraphQL with the first request that needs them", async () => {
    const loaded = () =>
      Object.keys(createRequire(import.meta.url).cache).filter((path) => dirname(path) === resolve("dist/lib"));
    process.env.AZURE_STORAGE_CONNECTION_STRING = inject("storage");
    for (const path of loaded()) delete createRequire(import.meta.url).cache[path];
    const app = await loadApp(resolve("dist/main.cjs"), () => {});
    expect(await call(app, "z-server", "/version")).toBe("200");
    await call(app, "experiments", "/api/2.0/mlflow/experiments/get?experiment_id=0");
    expect(loaded()).toEqual([]);
    await call(app, "mlflow-artifacts", "/api/2.0/mlflow-artifacts/presigned/0/a/artifacts/x.txt");
    expect(loaded().map((path) => basename(path))).toContain("azure.cjs");
  });

  it("parses few packages for a first request: those that every request uses, and of zod what is called", async () => {
    const { metafile } = await build({
      entryPoints: ["functions/main.ts"],
      bundle: true,
      platform: "node",
      format: "cjs",
      external: ["@azure/functions-core"],
      define: { "import.meta.url": "undefined" },
      plugins: [esbuildPeggy, librariesApart, englishOnly],
      outfile: join(folder, "parsed.cjs"),
      logLevel: "error",
      write: false,
      metafile: true,
    });
    const [output] = Object.values(metafile.outputs);
    const inputs = Object.entries(output!.inputs).flatMap(([path, { bytesInOutput }]) =>
      bytesInOutput > 0 && path.includes("node_modules/") ? [path.split("node_modules/").at(-1)!] : [],
    );
    const packages = inputs.map((path) => /^(@[^/]+\/)?[^/]+/.exec(path)![0]);
    expect([...new Set(packages)].sort()).toEqual(usedByAll);
    // Where a module imports zod's `z` instead of `* as z`, all of zod comes with it.
    expect(inputs).not.toContain("zod/v4/classic/from-json-schema.js");
    expect(output!.bytes).toBeLessThan(3 * 2 ** 20);
  });
});
