import { Load, pause } from "../load.ts";
import type { Scenario } from "../scenario.ts";

const kills = 4;

/** PostgreSQL loses its processes, and with them what was not on disk. */
export const killPostgres: Scenario = {
  name: "kill-postgres",
  about: `PostgreSQL killed by SIGKILL under load and started again, ${kills} times`,
  limit: 90_000,
  run: async (stage) => {
    let postgres = await stage.postgres();
    const { uri } = postgres;
    const app = await stage.app({ MLFLOW_BACKEND_STORE_URI: uri });
    const load = new Load({ urls: [app.url], clients: 8 });
    const wrong: string[] = [];
    for (let kill = 0; kill < kills; kill++) {
      await load.progress(100, 10_000);
      process.kill(postgres.pid, "SIGKILL");
      await postgres.ended;
      await pause(500);
      postgres = await stage.postgres();
      if (!(await load.progress(20, 30_000))) wrong.push(`nothing was written for 30 s after kill ${kill + 1}`);
    }
    await load.stop();
    return { load, wrong: wrong.concat(await load.check(uri)) };
  },
};
