import { resolve } from "node:path";
import { build } from "esbuild";

/** Bundles an app as the build does; `contents` may import what lies beside this file. */
export async function bundleApp(contents: string, outfile: string): Promise<void> {
  await build({
    stdin: { contents, resolveDir: resolve("test/local"), loader: "ts" },
    bundle: true,
    platform: "node",
    format: "cjs",
    external: ["@azure/functions-core"],
    outfile,
  });
}
