/** Compiles peggy grammars wherever they are imported: an esbuild plugin for the build, a vite plugin for the tests. */
import { readFile } from "node:fs/promises";
import peggy from "peggy";

const compile = (grammar) => peggy.generate(grammar, { output: "source", format: "es" });

export const esbuildPeggy = {
  name: "peggy",
  setup(build) {
    build.onLoad({ filter: /\.peggy$/ }, async ({ path }) => ({
      contents: compile(await readFile(path, "utf8")),
      loader: "js",
    }));
  },
};

export const vitePeggy = {
  name: "peggy",
  transform: (source, id) => (id.endsWith(".peggy") ? { code: compile(source), map: null } : undefined),
};
