/** Which route of a group a request is for. */
import { addRoute, createRouter, findRoute, type RouterContext } from "rou3";
import { MlflowError } from "../errors.ts";
import { shown } from "../shown.ts";
import type { Group } from "./group.ts";
import type { Sent } from "./invocation.ts";
import type { Request } from "./request.ts";
import { pathsOf, type Route } from "./route.ts";

type Router = RouterContext<Route>;

export interface Found {
  route: Route;
  params: Record<string, string>;
}

/** The route of a request, or how an unknown one is refused; a promise of it until the group's routes are loaded. */
export function match(
  group: Group,
  template: string,
  request: Request,
  hostParams: Sent["params"],
): Found | MlflowError | Promise<Found | MlflowError> {
  const router = routers.get(group);
  if (!router) return makeRouter(group).then(() => match(group, template, request, hostParams));
  const method = request.method === "HEAD" ? "GET" : request.method;
  const found = findRoute(router, method, request.url.pathname);
  // The router ignores a closing slash. Stock does not, except in paths of artifacts.
  const closed = request.url.pathname.endsWith("/") && request.url.pathname !== "/" && !found?.data.path.includes("**");
  if (closed) return unknownPath(request);
  if (!found) return notFound(router, request);
  const params: Found["params"] = {};
  for (const name in found.params) params[name] = decode(found.params[name]!);
  const [, closing] = (found.data.path.includes("**") && /\/\*\*:(\w+)$/.exec(found.data.path)) || [];
  const { rest } = hostParams;
  if (closing && rest !== undefined) params[closing] = afterFixed(rest, found.data, template);
  return { route: found.data, params };
}

/**
 * What a closing `**:name` stands for. The host decodes each path once for its own parameters; the URL that it shows is
 * decoded in part, so that there `%25` and `%2525` look alike.
 * @param rest what the template's closing `{*rest}` stands for
 */
function afterFixed(rest: string, route: Route, template: string): string {
  const segmentsBefore = (path: string, end: string) => path.slice(0, path.indexOf(end)).split("/").length;
  const fixed = segmentsBefore(pathsOf(route)[0]!, "**") - 1 - segmentsBefore(template, "{*rest}");
  return rest.split("/").slice(fixed).join("/");
}

const routers = new WeakMap<Group, Router>();

async function makeRouter(group: Group): Promise<void> {
  const router = createRouter<Route>();
  for (const route of await group.routes())
    for (const path of pathsOf(route)) addRoute(router, route.method, path, route);
  routers.set(group, router);
}

/** How a path that is not served is refused. */
export const unknownPath = ({ method, url }: Request) =>
  new MlflowError("ENDPOINT_NOT_FOUND", `Nothing is served at ${method} ${shown(url.pathname)}`);

function notFound(router: Router, request: Request): MlflowError {
  const allowed = ["GET", "POST", "PUT", "PATCH", "DELETE"].filter((method) =>
    findRoute(router, method, request.url.pathname),
  );
  if (allowed.length === 0) return unknownPath(request);
  return new MlflowError(
    "ENDPOINT_NOT_FOUND",
    `${shown(request.url.pathname)} takes ${allowed.join(", ")}, not ${request.method}`,
    {
      status: 405,
      headers: { allow: allowed.join(", ") },
    },
  );
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    // The stock client sends a bare % in an artifact's name; artifact paths are decoded elsewhere
    // (shared/artifacts/paths.ts).
    return segment;
  }
}
