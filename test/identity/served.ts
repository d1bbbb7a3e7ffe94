/** The routes that are served, and their examples. */
import { allRoutes } from "../../functions/main.ts";
import { pathsOf, type Route } from "../../shared/platform/http/route.ts";
import { type Example, nameOf } from "./scenario/example.ts";
import { examples } from "./scenario/examples/index.ts";

/** Those that stock has nothing like have tests of their own. */
const isOwn = /^\/(api\/functions|account)\//;

export const routes = (await allRoutes()).filter(({ path }) => !isOwn.test(path));

const served = routes.filter(({ notServed }) => notServed === undefined);

const linesOf = (route: Route) => pathsOf(route).map((path) => `${route.method} ${path}`);

const routeAt = new Map(served.flatMap((route) => linesOf(route).map((line) => [line, route])));

/** HEAD is asked where GET is served. */
const routeOf = ({ at }: Example): Route | undefined => routeAt.get(at.replace(/^HEAD /, "GET "));

const isUnknown = ({ of }: Example) => of?.startsWith("an unknown") ?? false;

/** What answers to an example should follow. Of paths that are not served only admins are told so. */
export const textOf = (example: Example): string =>
  [routeOf(example)?.may.text ?? "admin", example.needs].filter(Boolean).join(", ");

/** Those of routes that are served, and of what no server serves. */
export const servedExamples = examples.filter((example) => isUnknown(example) || routeOf(example) !== undefined);

export const withoutExample = served
  .filter((route) => !linesOf(route).some((line) => examples.some(({ at }) => at === line)))
  .map((route) => linesOf(route)[0]);

/** A request to each route that is not served, and to each served one under its other prefix. */
export const otherRequests = routes.flatMap((route) =>
  linesOf(route)
    .filter((line) => !examples.some(({ at }) => at === line))
    .map((line) => ({ line: line.replace(/(?:\*\*)?:\w+/g, "x"), route })),
);

/** Examples of one name would hide each other. */
export const names = examples.map(nameOf);
