import type { Plugin } from "vite";

export const vitePeggy: Plugin;
