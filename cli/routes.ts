/** `npm run routes`: every route of the app, and of stock's surface, with where it is served and who may call it. */
import type { Group } from "../shared/platform/http/group.ts";
import { pathsOf } from "../shared/platform/http/route.ts";
import { print, run } from "../shared/tools/command.ts";
import { readApp } from "./app.ts";

async function linesOf(group: Group) {
  return (await group.routes()).flatMap((route) =>
    pathsOf(route).map((path) => ({
      group: group.name,
      method: route.method,
      path,
      use: route.notServed ? "501" : (route.db ?? "no db"),
      may: route.may.text,
      note: route.notServed ?? "",
    })),
  );
}

const command = {
  call: "npm run routes",
  does: "Lists every route of the app and of MLflow's server, how it is served and who may call it",
  options: {},
} as const;

run(command, async () => {
  const { groups } = await readApp();
  const lines = (await Promise.all(groups.map(linesOf))).flat();
  for (const { group, method, path, use, may, note } of lines)
    print(
      [group.padEnd(18), method.padEnd(6), path.padEnd(64), use.padEnd(11), note ? `${may} (${note})` : may].join(" "),
    );
  const served = lines.filter((line) => line.use !== "501").length;
  print(`${lines.length} routes: ${served} served, ${lines.length - served} answer 501 with a reason`);
});
