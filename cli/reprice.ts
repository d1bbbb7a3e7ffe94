/** `npm run reprice`: fills in what calls of models cost, of spans that were stored before there was a price. */
import { ensureReady } from "../shared/mlflow/schema/ready.ts";
import type { Database } from "../shared/platform/db/database.ts";
import { causeOf } from "../shared/platform/once-a-minute.ts";
import { print, run } from "../shared/tools/command.ts";
import { showProgress } from "../shared/tools/progress.ts";
import { Refusal } from "../shared/tools/refusal.ts";
import { installedPrices } from "../shared/traces/prices/installed.ts";
import { beginning, countPriced, groupsOf, nextPage, type Place, reprice } from "../shared/traces/prices/reprice.ts";
import { readContext } from "./context.ts";

const command = {
  call: "npm run reprice",
  does: "Fills in the costs of spans that were stored before their model had a price",
  options: {
    "dry-run": { type: "boolean", default: false, help: "count the spans that would get a cost; change nothing" },
    "data-dir": {
      type: "string",
      default: ".data",
      value: "<dir>",
      help: "of the npm start whose database is meant where none is set (default: .data)",
    },
  },
  more: `Prices are those that npm run ui keeps beside MLflow's page. A span needs a model and the tokens it used; costs that are there
stay. Servers can go on meanwhile. What is stopped has done a part, and does the rest when it is run again.`,
} as const;

run(command, async (values) => {
  const price = await installedPrices().catch((error: unknown) => {
    throw new Refusal(`The prices of models can't be read (${causeOf(error)}): npm run ui fetches them.`);
  });
  const context = await readContext(values["data-dir"]);
  const database = context.database();
  try {
    await ensureReady(context);
    const { looked, priced } = await throughAll(database, (group) =>
      values["dry-run"] ? countPriced(database.reading, group, price) : reprice(database, group, price),
    );
    const spans = `${priced.toLocaleString("en")} of ${looked.toLocaleString("en")} spans`;
    print(values["dry-run"] ? `${spans} would get a cost. Nothing was changed.` : `${spans} have got a cost.`);
  } finally {
    await database.end();
  }
});

async function throughAll(
  database: Database,
  work: (group: Place[]) => Promise<number>,
): Promise<{ looked: number; priced: number }> {
  const progress = showProgress();
  const done = { looked: 0, priced: 0 };
  let page = await nextPage(database.reading, beginning);
  while (page) {
    for (const group of groupsOf(page.found)) done.priced += await work(group);
    done.looked += page.looked;
    progress.show(
      `${done.looked.toLocaleString("en")} spans looked at, ${done.priced.toLocaleString("en")} with a price,`,
    );
    page = await nextPage(database.reading, page.last);
  }
  progress.end();
  return done;
}
