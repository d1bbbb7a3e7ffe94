import { aProxy } from "../../support/proxy.ts";
import { Load } from "../load.ts";
import type { Scenario } from "../scenario.ts";

/** An address has moved: the connections there are stay open, and nothing ever comes over them. */
export const silence: Scenario = {
  name: "silence",
  about: "every connection to PostgreSQL falls silent under load, and new ones work",
  limit: 120_000,
  run: async (stage) => {
    const { uri } = await stage.postgres();
    const proxy = await aProxy(uri);
    stage.onEnd(proxy.cut);
    // What the app waits for a statement, less than it does by default so that this ends sooner.
    const app = await stage.app({
      MLFLOW_BACKEND_STORE_URI: proxy.uri,
      MLFLOW_FUNCTIONS_STATEMENT_TIMEOUT_SECONDS: "15",
    });
    const load = new Load({ urls: [app.url], clients: 24 });
    await load.progress(200, 10_000);
    proxy.silence();
    const started = performance.now();
    const back = await load.progress(100, 60_000);
    const note = `100 writes ${((performance.now() - started) / 1000).toFixed(0)} s after it`;
    await load.stop();
    const problems = await load.check(uri);
    return { load, note, wrong: back ? problems : ["fewer than 100 writes in the 60 s after", ...problems] };
  },
};
