/** A simulation of requests that pass an instance's CPU, one of its connections, the network and PostgreSQL's CPU. */

export interface System {
  instances: number;
  /** Of each instance. */
  connections: number;
  /** Milliseconds of a round trip to the database. */
  roundTrip: number;
  databaseCores: number;
}

/** CPU of a request, in milliseconds. */
export interface Work {
  app: number;
  database: number;
}

/** Requests come at random, so many a second; or each of so many clients sends one after the other. */
export type Load = { perSecond: number } | { clients: number };

export interface Found {
  perSecond: number;
  /** Milliseconds. */
  p95: number;
  /** How much of the time each was in use, from 0 to 1. */
  busy: { app: number; connections: number; database: number };
}

/** Numbers from 0 to 1, the same in each run. */
function* random(): Generator<number, never> {
  for (let state = 1; ; ) {
    state = (state * 48_271) % 2_147_483_647;
    yield state / 2_147_483_647;
  }
}

class Clock {
  now = 0;
  /** A heap by time. */
  private readonly events: { at: number; work: () => void }[] = [];

  after(milliseconds: number, work: () => void): void {
    const { events } = this;
    events.push({ at: this.now + milliseconds, work });
    for (let at = events.length - 1; at > 0; ) {
      const parent = (at - 1) >> 1;
      if (events[parent]!.at <= events[at]!.at) break;
      [events[parent], events[at]] = [events[at]!, events[parent]!];
      at = parent;
    }
  }

  run(until: number): void {
    for (let next = this.pop(); next && next.at < until; next = this.pop()) {
      this.now = next.at;
      next.work();
    }
  }

  private pop() {
    const { events } = this;
    const first = events[0];
    const last = events.pop();
    if (!first || first === last) return first;
    events[0] = last!;
    for (let at = 0; ; ) {
      const least = [2 * at + 1, 2 * at + 2]
        .filter((child) => child < events.length)
        .reduce((best, child) => (events[child]!.at < events[best]!.at ? child : best), at);
      if (least === at) return first;
      [events[least], events[at]] = [events[at]!, events[least]!];
      at = least;
    }
  }
}

/** Something that so many may use at once; the others wait in turn. */
class Resource {
  used = 0;
  private taken = 0;
  private readonly waiting: (() => void)[] = [];

  constructor(
    private readonly clock: Clock,
    private readonly places: number,
  ) {}

  take(work: (giveBack: () => void) => void): void {
    const begin = () => {
      const began = this.clock.now;
      this.taken++;
      work(() => {
        this.used += this.clock.now - began;
        this.taken--;
        this.waiting.shift()?.();
      });
    };
    if (this.taken < this.places) begin();
    else this.waiting.push(begin);
  }

  hold(milliseconds: number, next: () => void): void {
    this.take((giveBack) =>
      this.clock.after(milliseconds, () => {
        giveBack();
        next();
      }),
    );
  }
}

/** Parts of a core are cores that are slower. */
const placesOf = (cores: number) => Math.max(1, Math.floor(cores));

export function simulate(system: System, work: Work, load: Load, seconds = 20): Found {
  const clock = new Clock();
  const numbers = random();
  const about = (mean: number) => -mean * Math.log(numbers.next().value);
  const { instances, connections, roundTrip, databaseCores } = system;
  const of = (places: number) => Array.from({ length: instances }, () => new Resource(clock, places));
  const [apps, pools, cores] = [of(1), of(connections), placesOf(databaseCores)];
  const database = new Resource(clock, cores);
  const slowness = cores / databaseCores;
  const latencies: number[] = [];
  const request = (instance: number, done: () => void) => {
    const sent = clock.now;
    const [app, pool] = [apps[instance]!, pools[instance]!];
    const answered = () => {
      latencies.push(clock.now - sent);
      done();
    };
    const withConnection = (giveBack: () => void) => {
      const back = () => {
        giveBack();
        app.hold(about(work.app / 2), answered);
      };
      clock.after(roundTrip / 2, () =>
        database.hold(about(work.database * slowness), () => clock.after(roundTrip / 2, back)),
      );
    };
    app.hold(about(work.app / 2), () => pool.take(withConnection));
  };
  const next = () => Math.floor(numbers.next().value * instances) % instances;
  if ("clients" in load) {
    const client = (instance: number) => request(instance, () => client(instance));
    for (let each = 0; each < load.clients; each++) client(each % instances);
  } else {
    const arrive = () => {
      request(next(), () => {});
      clock.after(about(1000 / load.perSecond), arrive);
    };
    arrive();
  }
  clock.run(seconds * 1000);
  const busy = (resources: Resource[], places: number) =>
    resources.reduce((sum, { used }) => sum + used, 0) / (seconds * 1000 * places * resources.length);
  latencies.sort((a, b) => a - b);
  return {
    perSecond: latencies.length / seconds,
    p95: latencies[Math.floor(latencies.length * 0.95)] ?? Number.POSITIVE_INFINITY,
    busy: { app: busy(apps, 1), connections: busy(pools, connections), database: busy([database], cores) },
  };
}
