import pg from "pg";
import { Load, pause } from "../load.ts";
import type { Scenario } from "../scenario.ts";

const seconds = 10;

/** Somebody else takes all connections that the server has. */
export const connections: Scenario = {
  name: "connections",
  about: `all connections of PostgreSQL taken by another program for ${seconds} s`,
  limit: 90_000,
  run: async (stage) => {
    const { uri } = await stage.postgres(["max_connections=20"]);
    const app = await stage.app({ MLFLOW_BACKEND_STORE_URI: uri });
    const load = new Load({ urls: [app.url], clients: 16 });
    await load.progress(100, 10_000);
    const end = performance.now() + seconds * 1000;
    const taken = await takeAll(uri, end);
    await pause(Math.max(0, end - performance.now()));
    await Promise.all(taken.map((client) => client.end()));
    const back = await load.progress(100, 30_000);
    await load.stop();
    const problems = await load.check(uri);
    const note = `${taken.length} connections taken`;
    return { load, note, wrong: back ? problems : ["fewer than 100 writes in the 30 s after", ...problems] };
  },
};

/** Takes what becomes free until `end`, a time of `performance.now()`. */
async function takeAll(uri: string, end: number): Promise<pg.Client[]> {
  const taken: pg.Client[] = [];
  while (performance.now() < end) {
    const client = new pg.Client({ connectionString: uri });
    client.on("error", () => {});
    await client.connect().then(
      () => taken.push(client),
      () => pause(20),
    );
  }
  return taken;
}
