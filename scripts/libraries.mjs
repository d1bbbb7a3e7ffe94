/** esbuild plugins that keep out of a bundle what a launch does not need. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { resolve } from "node:path";

const require = createRequire(import.meta.url);

/**
 * Files of `dist/lib` and the libraries in them. Parsing them took half of a launch, and few requests need them: a file
 * is loaded when one of its libraries is.
 */
export const apart = {
  azure: ["@azure/data-tables", "@azure/identity", "@azure/msal-node", "@azure/storage-blob"],
  graphql: ["graphql"],
  jose: ["jose"],
  mime: ["mime-types"],
  protobuf: ["@bufbuild/protobuf", "@bufbuild/protobuf/codegenv2", "@bufbuild/protobuf/wire"],
  // A module of our own, with the libraries that only it needs.
  telemetry: ["./shared/platform/telemetry/exporting.ts"],
};

/** esbuild's `stdin` for a file that answers each library when it is asked for. */
export function libraryFile(libraries) {
  const members = libraries.map((library) => `${JSON.stringify(library)}: () => require(${JSON.stringify(library)})`);
  return { contents: `module.exports = { ${members.join(", ")} }`, resolveDir: "." };
}

/** Has these libraries required from their files. */
export const librariesApart = {
  name: "libraries-apart",
  setup({ onResolve, onLoad }) {
    for (const [name, libraries] of Object.entries(apart))
      for (const path of libraries) {
        const isOwn = path.startsWith("./");
        const filter = isOwn ? new RegExp(`/${path.split("/").at(-1)}$`) : new RegExp(`^${path}$`);
        onResolve({ filter }, (asked) => {
          if (isOwn && resolve(asked.resolveDir, asked.path) !== resolve(path)) return undefined;
          return { path, namespace: "apart", pluginData: name };
        });
      }
    onResolve({ filter: /^\.\/lib\//, namespace: "apart" }, ({ path }) => ({ path, external: true }));
    // With its names at hand, importing it again takes nothing; of a CommonJS module esbuild would copy them each time.
    onLoad({ filter: /.*/, namespace: "apart" }, ({ path, pluginData }) => ({
      contents: `export const { ${namesOf(path).join(", ")} } = require("./lib/${pluginData}.cjs")[${JSON.stringify(path)}]();`,
    }));
  },
};

/** What a library exports; of a module of our own its functions. */
function namesOf(path) {
  if (!path.startsWith("./")) return Object.keys(require(path));
  return [...readFileSync(path, "utf8").matchAll(/^export (?:async )?function (\w+)/gm)].map(([, name]) => name);
}

/** Leaves zod's messages in other languages out. */
export const englishOnly = {
  name: "english-only",
  setup({ onLoad }) {
    onLoad({ filter: /zod[\\/]v4[\\/]locales[\\/]index\.js$/ }, () => ({
      contents: 'export { default as en } from "./en.js";',
    }));
  },
};
