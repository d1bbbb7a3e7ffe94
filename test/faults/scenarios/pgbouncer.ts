import { execFileSync } from "node:child_process";
import { aPgBouncer } from "../../support/pgbouncer.ts";
import { Load } from "../load.ts";
import { type Scenario, Skipped } from "../scenario.ts";

const requests = 1500;

/** A pooler that no setting tells of gives each transaction another connection. */
export const pgbouncer: Scenario = {
  name: "pgbouncer",
  about: `two instances behind a PgBouncer in transaction mode that no setting tells of, ${requests} writes`,
  limit: 120_000,
  run: async (stage) => {
    if (!isInstalled()) throw new Skipped("PgBouncer is not installed");
    const { uri } = await stage.postgres();
    const pooler = await aPgBouncer(uri);
    stage.onEnd(pooler.stop);
    const env = { MLFLOW_BACKEND_STORE_URI: pooler.uri };
    const apps = [await stage.app(env), await stage.app(env)];
    const load = new Load({ urls: apps.map(({ url }) => url), clients: 16 });
    const done = await load.progress(requests, 60_000);
    await load.stop();
    const problems = await load.check(uri);
    return { load, note: done ? "" : "the 60 s were over before", wrong: problems };
  },
};

function isInstalled(): boolean {
  try {
    execFileSync("pgbouncer", ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}
