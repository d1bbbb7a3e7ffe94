import { Load, pause } from "../load.ts";
import type { Scenario } from "../scenario.ts";

const kills = 4;

/** An instance is killed under load, again and again. */
export const killApp: Scenario = {
  name: "kill-app",
  about: `two instances under load, each killed by SIGKILL and started again, ${kills} times in all`,
  limit: 90_000,
  run: async (stage) => {
    const { uri } = await stage.postgres();
    const env = { MLFLOW_BACKEND_STORE_URI: uri };
    const apps = [await stage.app(env), await stage.app(env)];
    const load = new Load({ urls: apps.map(({ url }) => url), clients: 8 });
    const wrong: string[] = [];
    for (let kill = 0; kill < kills; kill++) {
      await pause(300 + Math.random() * 700);
      await apps[kill % apps.length]!.restart();
      if (!(await load.progress(20, 20_000))) wrong.push(`nothing was written for 20 s after kill ${kill + 1}`);
    }
    await load.stop();
    return { load, wrong: wrong.concat(await load.check(uri)) };
  },
};
