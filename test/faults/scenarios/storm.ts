import pg from "pg";
import { Load, pause } from "../load.ts";
import type { Scenario } from "../scenario.ts";
import type { App, Stage } from "../stage.ts";

/** A server of the smallest size has this many connections. */
const small = ["max_connections=35"];
const roomy = ["max_connections=300"];
const seconds = 15;
/** Writes after which an instance counts as warm: what runs for the first time is slower. */
const warm = 200;

/** The platform starts instances in bursts, and each wants connections. */
export const storm: Scenario = {
  name: "storm",
  about: "60 new instances with two clients each, on a PostgreSQL with max_connections=35; then with 300, to compare",
  limit: 240_000,
  run: async (stage) => {
    const postgres = await stage.postgres(small);
    const { uri } = postgres;
    const alone = await rateOfOne(stage, uri);
    const apps = await instances(stage, uri, 60);
    const urls = apps.map(({ url }) => url);
    const load = new Load({ urls, clients: 120 });
    await load.warmUp(warm, 30_000);
    const before = Math.round(load.count("acknowledged") / apps.length);
    const rate = await load.rate(seconds);
    await load.stop();
    const wrong = slowStarts(load);
    await pause(10_000);
    const left = await connectionsOf(uri);
    if (left > 2) wrong.push(`${left} connections are left 10 s later`);
    wrong.push(...(await load.check(uri)));
    await postgres.stop();
    await stage.postgres(roomy);
    const unrestricted = await rateOf(urls);
    const note = [
      figures(alone.rate, rate),
      `one as new, from its write ${before} on, ${compared(alone.from(before), rate)}`,
      `the 60 with 300 connections, later, ${compared(unrestricted, rate)}`,
      `the last instance answered after ${(Math.max(...firstAnswers(load)) / 1000).toFixed(1)} s`,
      `${left} connections left`,
    ];
    return { load, note: note.join("; "), wrong };
  },
};

export const manyInstances: Scenario = {
  name: "many-instances",
  about: "six instances with 16 clients each, on a PostgreSQL with max_connections=35",
  limit: 120_000,
  run: async (stage) => {
    const { uri } = await stage.postgres(small);
    const alone = await rateOfOne(stage, uri);
    const apps = await instances(stage, uri, 6);
    const load = new Load({ urls: apps.map(({ url }) => url), clients: 96 });
    await pause(seconds * 1000);
    const rate = load.count("acknowledged") / seconds;
    await load.stop();
    const wrong = slowStarts(load);
    if (load.count("refused") > 0) wrong.push(`${load.count("refused")} requests were refused`);
    return { load, note: figures(alone.rate, rate), wrong: wrong.concat(await load.check(uri)) };
  },
};

const figures = (alone: number, together: number) =>
  `${Math.round(together)}/s, one instance ${compared(alone, together)}`;

const compared = (other: number, rate: number) => `${Math.round(other)}/s: ${(rate / other).toFixed(2)}`;

/** Acknowledged writes a second of one instance with 16 clients: when it is warm, and from one of its writes on. */
async function rateOfOne(stage: Stage, uri: string) {
  const app = await stage.app({ MLFLOW_BACKEND_STORE_URI: uri });
  const load = new Load({ urls: [app.url], clients: 16 });
  await load.warmUp(warm, 10_000);
  const rate = await load.rate(5);
  await load.stop();
  const times = load.acknowledged.get(app.url)!;
  const from = (write: number) => {
    const end = Math.min(write + 200, times.length - 1);
    return 200_000 / (times[end]! - times[end - 200]!);
  };
  return { rate, from };
}

/** The same of warm instances with two clients each. */
async function rateOf(urls: string[]): Promise<number> {
  const load = new Load({ urls, clients: 2 * urls.length });
  await pause(5000);
  const rate = await load.rate(seconds);
  await load.stop();
  return rate;
}

/** Instances that have not met the database yet, a few started at a time. */
async function instances(stage: Stage, uri: string, count: number): Promise<App[]> {
  const apps: App[] = [];
  const start = async () => {
    for (let left = true; left; left = apps.length < count) {
      const app = await stage.app({ MLFLOW_BACKEND_STORE_URI: uri }, "/health");
      if (apps.length < count) apps.push(app);
    }
  };
  await Promise.all(Array.from({ length: 3 }, start));
  return apps;
}

const firstAnswers = ({ acknowledged }: Load) =>
  Array.from(acknowledged.values(), ([first = Number.POSITIVE_INFINITY]) => first);

function slowStarts(load: Load): string[] {
  const late = firstAnswers(load).filter((first) => first >= 10_000);
  return late.length > 0 ? [`${late.length} instances had no acknowledged write within 10 s`] : [];
}

async function connectionsOf(uri: string): Promise<number> {
  const client = new pg.Client({ connectionString: uri });
  await client.connect();
  const { rows } = await client.query<{ count: number }>(
    "SELECT count(*)::int FROM pg_stat_activity WHERE application_name = 'mlflow-functions'",
  );
  await client.end();
  return rows[0]!.count;
}
