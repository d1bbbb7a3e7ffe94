import { pause } from "../load.ts";
import type { Scenario } from "../scenario.ts";
import { SpanLoad } from "../span-load.ts";

const kills = 60;
// A quiet machine needs a third of it. After that there are no more kills, so that what was written is looked up.
const seconds = 220;

/** Spans must survive whoever is killed while they come. */
export const traces: Scenario = {
  name: "traces",
  about: `spans by OTLP and start-trace, under which an instance and PostgreSQL are killed in turn, ${kills} times in all (in ${seconds} s at most)`,
  limit: 300_000,
  run: async (stage) => {
    let postgres = await stage.postgres();
    const { uri } = postgres;
    const env = { MLFLOW_BACKEND_STORE_URI: uri };
    const apps = [await stage.app(env), await stage.app(env)];
    const load = new SpanLoad({ urls: apps.map(({ url }) => url), clients: 12 });
    const wrong: string[] = [];
    const end = performance.now() + seconds * 1000;
    let kill = 0;
    for (; kill < kills && performance.now() < end; kill++) {
      await pause(Math.random() * 300);
      if (kill % 2 === 0) await apps[(kill / 2) % apps.length]!.restart();
      else {
        process.kill(postgres.pid, "SIGKILL");
        await postgres.ended;
        postgres = await stage.postgres();
      }
      if (!(await load.progress(10, 30_000))) wrong.push(`nothing was written for 30 s after kill ${kill + 1}`);
    }
    await load.stop();
    const note = `${load.writes.filter(({ span }) => span).length} spans, ${kill} kills, ${load.repeated} requests sent again`;
    return { load, note, wrong: wrong.concat(await load.check(uri)) };
  },
};
