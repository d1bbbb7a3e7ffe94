/** `npm run bench -- --scale`: where the next limit is, by a simulation with measured times, for docs/scale.md. */
import { type Found, type Load, type System, simulate, type Work } from "./scale-simulation.ts";

/** CPU of the app with 2 ms of the real host, and of PostgreSQL (docs/scale.md, docs/benchmarks.md). */
const works: Record<string, Work> = {
  log_metric: { app: 2.5, database: 0.85 },
  "table of 100 runs": { app: 4.7, database: 9.1 },
  // Nine writes to one page of a table.
  "mixed, 9 to 1": { app: 2.7, database: 1.7 },
};

/** What a tier gives all day, and its connections (docs/scale.md). */
const tiers = [
  { name: "B1ms", cores: 0.2, usable: 35 },
  { name: "B2s", cores: 0.4, usable: 414 },
  { name: "D2ds_v5", cores: 2, usable: 844 },
  { name: "D4ds_v5", cores: 4, usable: 1703 },
  { name: "D16ds_v5", cores: 16, usable: 4985 },
];

const roundTrip = 1;
/** Of an instance's CPU; above it the platform adds instances. */
const fullInstance = 0.6;
/** Of 95 in 100 requests, in milliseconds. */
const patience = 250;

/** So many are simulated to find what a tier holds. */
const requests = 20_000;

const share = (usable: number, instances: number) =>
  Math.max(1, Math.min(10, Math.max(2, Math.floor(usable / 8)), Math.floor(usable / instances)));

interface Capacity {
  found: Found;
  system: System;
}

/** The most requests a second that are answered in time, with as many instances as they need. */
function capacity({ cores, usable }: (typeof tiers)[number], work: Work): Capacity {
  const at = (perSecond: number): Capacity => {
    const instances = Math.ceil((perSecond * work.app) / 1000 / fullInstance);
    const system = { instances, connections: share(usable, instances), roundTrip, databaseCores: cores };
    const seconds = Math.min(20, requests / perSecond);
    return { system, found: simulate(system, work, { perSecond }, seconds) };
  };
  let [low, high] = [0, (cores * 1000) / work.database];
  let best = at(high / 100);
  while (high - low > high / 50) {
    const middle = (low + high) / 2;
    const tried = at(middle);
    if (tried.found.p95 > patience) high = middle;
    else [low, best] = [middle, tried];
  }
  return best;
}

const limitOf = ({ busy }: Found) =>
  Object.entries({ "PostgreSQL's CPU": busy.database, connections: busy.connections }).sort((a, b) => b[1] - a[1])[0]!;

/** Requests a second of one instance with 64 clients, as `--connections` measured them: connections, + ms, get_run. */
const measured: [connections: number, delay: number, perSecond: number][] = [
  [1, 0, 201],
  [1, 2, 156],
  [1, 10, 58],
  [4, 0, 554],
  [4, 2, 386],
  [4, 10, 183],
  [10, 0, 491],
  [10, 2, 357],
  [10, 10, 295],
];

/** What get_run took on that machine, which had other work: chosen so that the first and the fourth line fit. */
const onThatMachine: Work = { app: 1.8, database: 5 };

/** Reads leave writes a fifth of the connections. */
const forReads = (connections: number) => Math.max(1, Math.floor(connections * 0.8));

function validate(): void {
  console.log("\n| Connections | Round trip | Measured | Simulated | Ratio |\n|---|---|---|---|---|");
  const load: Load = { clients: 64 };
  for (const [connections, delay, perSecond] of measured) {
    const system = { instances: 1, connections: forReads(connections), roundTrip: delay, databaseCores: 4 };
    const found = simulate(system, onThatMachine, load).perSecond;
    console.log(
      `| ${connections} | + ${delay} ms | ${perSecond} | ${found.toFixed(0)} | ${(found / perSecond).toFixed(2)} |`,
    );
  }
}

const delays = [1, 5, 20, 50];

/** One instance with as many clients as it gets requests at once, on a database with cores to spare. */
function oneInstance(): void {
  console.log(
    `\nlog_metric a second of one instance, 32 clients, by its connections and by the round trip to the database:\n| Connections | ${delays.map((delay) => `${delay} ms`).join(" | ")} |\n|---|${"---|".repeat(delays.length)}`,
  );
  for (const connections of [1, 2, 4, 10, 20]) {
    const cells = delays.map((delay) => {
      const system = { instances: 1, connections, roundTrip: delay, databaseCores: 4 };
      return simulate(system, works.log_metric!, { clients: 32 }).perSecond.toFixed(0);
    });
    console.log(`| ${connections} | ${cells.join(" | ")} |`);
  }
}

/** Prints what each tier of PostgreSQL holds, and the simulation beside what was measured. */
export function simulateScale(): void {
  console.log(`Requests a second of which 95 in 100 are answered within ${patience} ms, ${roundTrip} ms from the database.
| Tier | Requests | a second | Instances | Connections of each | The limit | in use |\n|---|---|---|---|---|---|---|`);
  for (const tier of tiers)
    for (const [name, work] of Object.entries(works)) {
      const { found, system } = capacity(tier, work);
      const [limit, use] = limitOf(found);
      const cells = [tier.name, name, found.perSecond.toFixed(0), system.instances, system.connections, limit];
      console.log(`| ${cells.join(" | ")} | ${Math.round(use * 100)}% |`);
    }
  oneInstance();
  validate();
}
