/**
 * Which routes the tests call: each app that they start notes it in one folder, and a run of all files is measured by
 * it.
 */
import { execFileSync } from "node:child_process";
import { appendFileSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { addRoute, createRouter, findRoute } from "rou3";
import { inject } from "vitest";
import type { RequestLog } from "../../local/host/http.ts";

declare module "vitest" {
  export interface ProvidedContext {
    /** The folder of the notes. Not given in runs that are not measured. */
    hits: string;
  }
}

const noted = new Set<string>();

/** Notes a request of a test that the app answered without an error. */
export function noteHit({ method, path, status }: RequestLog): void {
  const folder: string | undefined = inject("hits");
  const line = `${method} ${path}\n`;
  if (!folder || status >= 400 || noted.has(line)) return;
  noted.add(line);
  appendFileSync(join(folder, String(process.pid)), line);
}

interface Served {
  method: string;
  path: string;
}

/** The served routes, as `npm run routes` prints them. */
function servedRoutes(): Served[] {
  const lines = execFileSync(process.execPath, ["dist/routes.cjs"], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  });
  const columns = lines.split("\n").map((line) => line.split(/\s+/));
  return columns.flatMap(([, method, path, use]) =>
    path?.startsWith("/") && use !== "501" ? [{ method: method!, path }] : [],
  );
}

/** The served routes that no note is of. One that is served under both prefixes is called under either. */
export function unhitRoutes(folder: string): string[] {
  const router = createRouter<string>();
  const routes = new Map<string, string>();
  for (const { method, path } of servedRoutes()) {
    const name = `${method} ${path.replace(/^\/ajax-api\//, "/api/")}`;
    addRoute(router, method, path, name);
    if (!routes.has(name)) routes.set(name, `${method} ${path}`);
  }
  const lines = readdirSync(folder).flatMap((file) => readFileSync(join(folder, file), "utf8").split("\n"));
  const hit = new Set(
    lines.map((line) => {
      const [method = "", path = ""] = line.split(" ");
      return findRoute(router, method, path)?.data;
    }),
  );
  return [...routes].filter(([name]) => !hit.has(name)).map(([, route]) => route);
}
