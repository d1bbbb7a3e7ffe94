/** `npm run bench -- --connections`: what one instance answers, by its connections and by how far its PostgreSQL is. */
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { type StartedApp, startApp } from "./apps.ts";
import { closeConnections } from "./client.ts";
import { machine, makeDatabases } from "./databases.ts";
import { type Load, type Measurable, type Measured, measure } from "./measure.ts";
import { fill, scenarios } from "./scenarios.ts";

const delays = [0, 2, 10];
const pools = [1, 2, 4, 10, 20];
/** Requests that do not wait for each other's locks. */
const chosen = ["get_run", "create_run"] as const;

interface Far {
  uri: string;
  /** Of one round trip, in milliseconds. */
  delay: number;
  stop(): void;
}

/** A database whose answers come later by `delay` milliseconds. */
async function farther(uri: string, delay: number): Promise<Far> {
  const target = new URL(uri);
  const server = createServer((client) => {
    const upstream = connect(Number(target.port), target.hostname);
    for (const socket of [client, upstream]) socket.setNoDelay(true).on("error", () => {});
    client.pipe(upstream);
    upstream.on("data", (data) => later(delay, client, () => client.write(data)));
    upstream.on("close", () => later(delay, client, () => client.end()));
    client.on("close", () => upstream.destroy());
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const through = new URL(uri);
  through.port = String((server.address() as AddressInfo).port);
  return { uri: through.href, delay, stop: () => void server.close() };
}

function later(delay: number, to: Socket, work: () => void): void {
  if (delay === 0) work();
  else setTimeout(() => to.writable && work(), delay);
}

interface Variant extends Measurable {
  pool: number;
  delay: number;
}

/** Prints a line for each number of connections: the best of short rounds, since other work slows some. */
export async function compareConnections({ clients, seconds }: Load, rounds: number): Promise<void> {
  const databases = await makeDatabases("app");
  const fars = await Promise.all(delays.map((delay) => farther(databases.uris[0]!, delay)));
  const started: StartedApp[] = [];
  const start = async (uri: string, settings?: Record<string, string>) => {
    const app = await startApp(uri, databases.folder, undefined, settings);
    started.push(app);
    return { url: app.url, pid: app.pid, postgres: databases.pid };
  };
  try {
    const subject = await fill("app", await start(databases.uris[0]!), 100);
    const variants: Variant[] = [];
    for (const pool of pools)
      for (const { uri, delay } of fars)
        variants.push({
          ...subject,
          ...(await start(uri, { MLFLOW_SQLALCHEMYSTORE_POOL_SIZE: `${pool}` })),
          pool,
          delay,
        });
    const best = new Map<string, Measured>();
    for (let round = 0; round < rounds; round++)
      for (const variant of variants)
        for (const name of chosen) {
          const measured = await measure(variant, scenarios[name]!, { clients, seconds });
          const key = `${name} ${variant.pool} ${variant.delay}`;
          // The first round fills the pools and warms the app.
          if (round > 0 && measured.perSecond > (best.get(key)?.perSecond ?? 0)) best.set(key, measured);
        }
    const columns = chosen.flatMap((name) => delays.map((delay) => ({ name, delay })));
    console.log(
      `${machine()}\nRequests a second, and their p50 in ms, of one instance with ${clients} clients: the best of ${rounds - 1} rounds.\n` +
        `| Connections | ${columns.map(({ name, delay }) => `${name}, + ${delay} ms`).join(" | ")} |\n|---|${"---|".repeat(columns.length)}`,
    );
    for (const pool of pools) {
      const cells = columns.map(({ name, delay }) => best.get(`${name} ${pool} ${delay}`)!);
      console.log(
        `| ${pool} | ${cells.map(({ perSecond, p50 }) => `${Math.round(perSecond)} (${p50.toFixed(0)})`).join(" | ")} |`,
      );
    }
  } finally {
    closeConnections();
    for (const { process } of started) process.kill();
    for (const far of fars) far.stop();
    await databases.stop();
  }
}
