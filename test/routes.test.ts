import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { allRoutes } from "../functions/main.ts";
import { mlflowVersion } from "../shared/mlflow/version.ts";
import { pathsOf } from "../shared/platform/http/route.ts";

/** Listed by stock, and of no use to a client. */
const unserved = [
  // In MLflow's protocol, and answered 404 by stock all the same.
  /^GET \/(ajax-)?api\/2\.0\/mlflow\/(get-online-trace-details|unified-traces)$/,
  // Registered without the slash, so that no client can call it.
  /^POST \/(ajax-)?api\/2\.0mlflow\//,
  // Flask adds it for its folder of static files, which the page has under /static-files.
  /^GET \/build\//,
];

/** A route of stock (Flask's and FastAPI's way of writing) with its parameters' names left out. */
const anonymousOfStock = (route: string) =>
  route
    .replace(/<path:\w+>|\{\w+:path\}/g, "**")
    .replace(/<\w+>|\{\w+\}/g, ":")
    .replace(/(?<=\w)\/$/, "");

/** A route of ours with its parameters' names left out. */
const anonymous = (route: string) => route.replace(/\*\*:\w+/g, "**").replace(/:\w+/g, ":");

/**
 * What `test/contract/routes.py` found in a stock server: the routes of its protocol, of its page, of its routers and
 * of basic auth.
 */
async function stockRoutes(): Promise<string[]> {
  const { routes, auth }: { routes: string[]; auth: string[] } = JSON.parse(
    await readFile(`test/contract/mlflow-${mlflowVersion}-routes.json`, "utf8"),
  );
  return [...routes, ...auth].filter((route) => !unserved.some((pattern) => pattern.test(route))).map(anonymousOfStock);
}

const stock = await stockRoutes();
const ours = (await allRoutes()).flatMap((route) =>
  pathsOf(route).map((path) => ({ route, name: anonymous(`${route.method} ${path}`) })),
);

/** Whether one line of ours stands for a whole area of routes that are not served, this one among them. */
const coversUnserved = ({ route, name }: (typeof ours)[number], stockRoute: string) =>
  route.notServed !== undefined && name.endsWith("/**") && stockRoute.startsWith(name.slice(0, -2));

/** What stock has nothing like. */
const isOwn = /^[A-Z]+ \/(api\/functions|account)\//;

describe("the route tables", () => {
  it("hold every route of stock, served or with the reason why not", () => {
    const missing = stock.filter((route) => !ours.some((own) => own.name === route || coversUnserved(own, route)));
    expect(missing).toEqual([]);
  });

  it("hold no route that stock does not have but for our own places, and none over an area where stock has none", () => {
    const extra = ours.filter((own) => !stock.some((route) => own.name === route || coversUnserved(own, route)));
    expect(extra.map(({ name }) => name).filter((name) => !isOwn.test(name))).toEqual([]);
  });

  it("declare each route once", () => {
    const names = ours.map(({ name }) => name);
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
  });

  it("give a reason for each route that is not served", () => {
    for (const { route } of ours) if (route.notServed !== undefined) expect(route.notServed).toMatch(/^[A-Z].+\.$/);
  });
});
