import type { Plugin as EsbuildPlugin } from "esbuild";
import type { Plugin } from "vite";

export const esbuildPeggy: EsbuildPlugin;
export const vitePeggy: Plugin;
