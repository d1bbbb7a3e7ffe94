/** `npm run routes`: every route of the app, and of stock's surface, with where it is served. */
import { groups } from "../functions/main.ts";
import { pathsOf } from "../shared/http/route.ts";

const lines = groups.flatMap((group) =>
  group.routes.flatMap((route) =>
    pathsOf(route).map((path) => ({
      group: group.name,
      method: route.method,
      path,
      kind: route.notServed ? "501" : route.kind,
      note: route.notServed ?? "",
    })),
  ),
);
for (const { group, method, path, kind, note } of lines)
  console.log([group.padEnd(18), method.padEnd(6), path.padEnd(64), kind.padEnd(8), note].join(" ").trimEnd());
const served = lines.filter((line) => line.kind !== "501").length;
console.log(`${lines.length} routes: ${served} served, ${lines.length - served} answer 501 with a reason`);
