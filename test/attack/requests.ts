import { readFile } from "node:fs/promises";
import { allRoutes } from "../../functions/main.ts";
import { mlflowVersion } from "../../shared/mlflow/version.ts";
import { pathsOf, type Route } from "../../shared/platform/http/route.ts";
import type { Answer, App } from "../support/app.ts";

/** One route of the app with the fields that MLflow's protocol gives it. */
export interface Target {
  route: Route;
  path: string;
  fields: { name: string; type: string; repeated?: boolean }[];
}

/** Every route of the app that takes fields or a JSON body, once. */
export async function targets(): Promise<Target[]> {
  const contract: { routes: { method: string; path: string; request?: Target["fields"] }[] } = JSON.parse(
    await readFile(`test/contract/mlflow-${mlflowVersion}.json`, "utf8"),
  );
  const routes = (await allRoutes()).filter(({ notServed }) => notServed === undefined);
  return routes.map((route) => {
    const path = pathsOf(route)[0]!;
    const anonymous = path.replace(/\*\*:\w+|:\w+/g, "?");
    const listed = contract.routes.find(
      (each) => each.method.includes(route.method) && each.path.replace(/<[^>]+>/g, "?") === anonymous,
    );
    return { route, path, fields: [...(listed?.request ?? []), ...(extra[path] ?? [])] };
  });
}

const text = (name: string) => ({ name, type: "string" });
/** Of routes outside MLflow's protocol. */
const extra: Record<string, Target["fields"]> = {
  "/graphql": [text("query")],
  "/get-artifact": ["run_uuid", "path"].map(text),
  "/model-versions/get-artifact": ["name", "version", "path"].map(text),
  "/ajax-api/2.0/mlflow/metrics/get-history-bulk": ["run_id", "metric_key", "max_results"].map(text),
};

const deep = "[".repeat(5000) + "]".repeat(5000);

/**
 * Sends `fields` as the route takes them; what its path names is taken out of them. The text DEEP becomes nested
 * arrays.
 */
export function sendTo(app: App, { route, path }: Target, fields: Record<string, unknown>): Promise<Answer> {
  const { id = "m-0", ...rest } = fields;
  const filled = path
    .replace(/\*\*:\w+/, () => encodeURIComponent(String(rest.artifact_path ?? rest.path ?? "a.txt")))
    .replace(/:tag_key/, () => encodeURIComponent(String(rest.tag_key ?? "k")))
    .replace(/:\w+/g, () => encodeURIComponent(String(rest.model_id ?? id)));
  if (route.method === "GET") return app.get(filled, textsOf(rest));
  return app.request(route.method, filled, {
    body: JSON.stringify(rest).replace('"DEEP"', deep),
    headers: { "content-type": "application/json" },
  });
}

const textsOf = (fields: Record<string, unknown>): Record<string, string | string[]> =>
  Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name, Array.isArray(value) ? value.map(String) : String(value)]),
  );
