import { Load, pause } from "../load.ts";
import type { Scenario } from "../scenario.ts";
import { freeze } from "../stage.ts";
import { timeOf } from "../time-of.ts";

const seconds = 15;

/** PostgreSQL takes connections and answers nothing, as when its disk hangs. */
export const freezePostgres: Scenario = {
  name: "freeze-postgres",
  about: `PostgreSQL frozen by SIGSTOP under load for ${seconds} s`,
  limit: 120_000,
  run: async (stage) => {
    const { uri, pid } = await stage.postgres();
    const app = await stage.app({ MLFLOW_BACKEND_STORE_URI: uri });
    const load = new Load({ urls: [app.url], clients: 24 });
    const wrong: string[] = [];
    await load.progress(200, 10_000);
    const thaw = await freeze(pid);
    await pause(2000);
    const health = await timeOf(`${app.url}/health`, 10_000);
    if (health === undefined) wrong.push("/health had no answer within 10 s");
    await pause((seconds - 2) * 1000);
    await thaw();
    if (!(await load.progress(200, 40_000))) wrong.push("fewer than 200 writes in the 40 s after");
    await load.stop();
    const note = `/health ${health} ms meanwhile`;
    return { load, note, wrong: wrong.concat(await load.check(uri)) };
  },
};
