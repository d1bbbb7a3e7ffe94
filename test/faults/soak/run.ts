/** `npm run soak`: a mixed load for many minutes; an error, or memory that goes on growing, is wrong. */
import { readFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import pg from "pg";
import { pause } from "../load.ts";
import { Stage } from "../stage.ts";
import { MixedLoad } from "./mixed-load.ts";
import { type Sample, trendOf } from "./steady.ts";

// Garbage alone moves the memory of a process of Node.js by some percent.
const mostGrowth = 0.08;
const sampledEvery = 1000;

const help = `Loads the app with a mix of writes, searches, artifacts, models and traces: npm run soak -- [options]

  --minutes <n>  how long (default 20)
  --clients <n>  concurrent clients (default 8)
  --help         this text

Prints a line each minute. Exits with 1 where a request was not answered with 2xx, or where memory went on growing in the second half:
by more than ${mostGrowth * 100}% of what it was. Linux only, since it reads memory from /proc.`;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      minutes: { type: "string", default: "20" },
      clients: { type: "string", default: "8" },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help) return console.log(help);
  const stage = await Stage.open();
  try {
    const { uri } = await stage.postgres();
    const { connectionString } = await stage.azurite();
    const storage = { AZURE_STORAGE_CONNECTION_STRING: connectionString, AzureWebJobsStorage: connectionString };
    const app = await stage.app({ MLFLOW_BACKEND_STORE_URI: uri, ...storage });
    const load = new MixedLoad(app.url, Number(values.clients));
    const samples = await watch(load, app.pid, uri, Number(values.minutes));
    await load.stop();
    if (!judge(load, samples)) process.exitCode = 1;
  } finally {
    await stage.close();
  }
}

/** Prints a line each minute, and answers the memory of each second. */
async function watch(load: MixedLoad, pid: number, uri: string, minutes: number): Promise<Sample[]> {
  console.log("| Minute | Requests | Errors | Memory, MB | Connections |\n|---|---|---|---|---|");
  const client = new pg.Client({ connectionString: uri });
  await client.connect();
  const samples: Sample[] = [];
  const started = performance.now();
  const passed = () => (performance.now() - started) / 60_000;
  for (let minute = 1, before = 0; minute <= minutes; minute++) {
    while (passed() < minute) {
      samples.push({ minutes: passed(), megabytes: await memoryOf(pid) });
      await pause(sampledEvery);
    }
    const cells = [minute, load.requests - before, load.failed, samples.at(-1)!.megabytes, await connections(client)];
    console.log(`| ${cells.join(" | ")} |`);
    before = load.requests;
  }
  await client.end();
  return samples;
}

function judge(load: MixedLoad, samples: Sample[]): boolean {
  const { perHour, growth } = trendOf(samples);
  for (const [failure, times] of load.errors) console.log(`${times} x ${failure}`);
  const steady = growth <= mostGrowth;
  console.log(
    `${load.requests} requests, ${load.failed} errors. Memory over the second half: ${perHour.toFixed(1)} MB an hour, ` +
      `${(growth * 100).toFixed(1)}% of its mean, which is ${steady ? "steady" : "WRONG: it grows"}. ` +
      `${load.failed === 0 && steady ? "Good" : "WRONG"}.`,
  );
  return load.failed === 0 && steady;
}

async function memoryOf(pid: number): Promise<number> {
  const kilobytes = /VmRSS:\s+(\d+)/.exec(await readFile(`/proc/${pid}/status`, "utf8"))?.[1];
  return Math.round(Number(kilobytes) / 1024);
}

async function connections(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ count: number }>(
    "SELECT count(*)::int FROM pg_stat_activity WHERE application_name = 'mlflow-functions'",
  );
  return rows[0]!.count;
}

main().catch((error: Error) => {
  console.error(error.message);
  process.exit(1);
});
