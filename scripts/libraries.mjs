/** esbuild plugins that keep out of a bundle what a launch does not need. */
import { createRequire } from "node:module";

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
        onResolve({ filter: new RegExp(`^${path}$`) }, () => ({ path, namespace: "apart", pluginData: name }));
      }
    onResolve({ filter: /^\.\/lib\//, namespace: "apart" }, ({ path }) => ({ path, external: true }));
    // With its names at hand, importing it again takes nothing; of a CommonJS module esbuild would copy them each time.
    onLoad({ filter: /.*/, namespace: "apart" }, ({ path, pluginData }) => ({
      contents: `export const { ${Object.keys(require(path)).join(", ")} } = require("./lib/${pluginData}.cjs")[${JSON.stringify(path)}]();`,
    }));
  },
};

/** Leaves zod's messages in other languages out. */
export const englishOnly = {
  name: "english-only",
  setup({ onLoad }) {
    onLoad({ filter: /zod[\\/]v4[\\/]locales[\\/]index\.js$/ }, () => ({
      contents: 'export { default as en } from "./en.js";',
    }));
  },
};
