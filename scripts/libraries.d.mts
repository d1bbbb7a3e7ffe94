import type { Plugin } from "esbuild";

/** Has the libraries that few requests need required from files of their own. */
export const librariesApart: Plugin;
/** Leaves zod's messages in other languages out. */
export const englishOnly: Plugin;
