/** `npm run sql`: the statements a route sends, with its values in place, to be pasted into psql. */
import { run } from "../shared/tools/command.ts";
import { Refusal } from "../shared/tools/refusal.ts";
import { routesWithSql, statementsOf } from "./sql-statements.ts";

const command = {
  call: "npm run sql",
  does: "Prints the SQL statements of the routes whose method and path contain a text, of all routes without one",
  options: {},
  text: "part of a route, such as runs/get",
  more: `The input of each route is an example from functions/*/examples.ts. Nothing is sent to a database, so what follows a
statement that finds nothing is not shown.`,
} as const;

run(command, async (_, wanted) => {
  const routes = (await routesWithSql()).filter(({ name }) => name.includes(wanted));
  if (routes.length === 0)
    throw new Refusal(`No route that uses the database is called '${wanted}': npm run routes lists all.`);
  // Printed without masking: the examples hold no secret, and masking could change a statement.
  for (const route of routes) console.log(`-- ${route.name}\n${(await statementsOf(route)).join("\n\n")}\n`);
});
