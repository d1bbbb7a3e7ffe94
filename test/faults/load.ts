/** Writes from several clients, each remembered with its answer and looked up in the database at the end. */
import { randomUUID } from "node:crypto";
import pg from "pg";

type Outcome = "acknowledged" | "refused" | "unknown";
type Kind = "run" | "metric" | "batch";

interface Write {
  id: string;
  kind: Kind;
  outcome: Outcome;
}

interface LoadOptions {
  /** The instances; a client stays with one of them. */
  urls: string[];
  /** Concurrent clients. */
  clients: number;
  /** Milliseconds after which a request without an answer counts as hanging (default 60,000). */
  patience?: number;
}

/**
 * A load of `runs/create`, `log-metric` and `log-batch`. 200 means acknowledged; 429 means that nothing was changed,
 * and the client pauses a little; 503 and a lost connection mean that the outcome is unknown. No write is repeated, so
 * that none may be there twice.
 */
export class Load {
  readonly writes: Write[] = [];
  /** Answers that no write may get, with their number. */
  readonly wrongAnswers = new Map<string, number>();
  hangs = 0;
  /** Milliseconds from the start of the load to each acknowledged write, by instance. */
  readonly acknowledged: ReadonlyMap<string, number[]>;
  private readonly started = performance.now();
  private readonly ended = new AbortController();
  private readonly clients: Promise<void>[];
  private readonly patience: number;

  constructor({ urls, clients, patience = 60_000 }: LoadOptions) {
    this.acknowledged = new Map(urls.map((url) => [url, []]));
    this.patience = patience;
    this.clients = Array.from({ length: clients }, (_, index) => this.client(urls[index % urls.length]!));
  }

  count(outcome: Outcome): number {
    return this.writes.filter((write) => write.outcome === outcome).length;
  }

  /** Resolves when each instance has acknowledged `writes`, or after `milliseconds`, to the fewest of an instance. */
  async warmUp(writes: number, milliseconds: number): Promise<number> {
    const least = () => Math.min(...Array.from(this.acknowledged.values(), ({ length }) => length));
    for (let waited = 0; waited < milliseconds && least() < writes; waited += 50) await pause(50);
    return least();
  }

  /** Acknowledged writes a second, over the next `seconds`. */
  async rate(seconds: number): Promise<number> {
    const before = this.count("acknowledged");
    await pause(seconds * 1000);
    return (this.count("acknowledged") - before) / seconds;
  }

  /** Resolves when `more` further writes were acknowledged, to true, or after `milliseconds`, to false. */
  async progress(more: number, milliseconds: number): Promise<boolean> {
    const goal = this.count("acknowledged") + more;
    for (let waited = 0; waited < milliseconds; waited += 50) {
      if (this.count("acknowledged") >= goal) return true;
      await pause(50);
    }
    return false;
  }

  /** Ends the load; what is under way is waited for. */
  async stop(): Promise<void> {
    this.ended.abort();
    await Promise.all(this.clients);
  }

  private async client(url: string): Promise<void> {
    let run: string | undefined;
    for (let turn = 0; !this.ended.signal.aborted; turn++) {
      const id = `w${randomUUID().replaceAll("-", "")}`;
      if (run === undefined || turn % 10 === 0) run = (await this.createRun(url, id)) ?? run;
      else if (turn % 10 === 5) await this.send(url, "runs/log-batch", "batch", id, batch(run, id));
      else await this.send(url, "runs/log-metric", "metric", id, { run_id: run, ...metric(id) });
    }
  }

  private async createRun(url: string, id: string): Promise<string | undefined> {
    const tags = [{ key: "fault", value: id }];
    const answer = await this.send(url, "runs/create", "run", id, { experiment_id: "0", start_time: 1, tags });
    return answer && (JSON.parse(answer) as { run: { info: { run_id: string } } }).run.info.run_id;
  }

  private async send(url: string, path: string, kind: Kind, id: string, body: object): Promise<string | undefined> {
    const { status, text } = await this.post(`${url}/api/2.0/mlflow/${path}`, body);
    const outcome = status === 200 ? "acknowledged" : status === 429 ? "refused" : "unknown";
    this.writes.push({ id, kind, outcome });
    if (status === 200) this.acknowledged.get(url)!.push(performance.now() - this.started);
    if (![200, 429, 503, 0].includes(status)) this.noteWrong(`${path} ${status} ${masked(text)}`);
    if (status !== 200) await pause(100 + Math.random() * 200);
    return status === 200 ? text : undefined;
  }

  private async post(url: string, body: object): Promise<{ status: number; text: string }> {
    const limit = AbortSignal.timeout(this.patience);
    try {
      const headers = { "content-type": "application/json" };
      const response = await fetch(url, { method: "POST", body: JSON.stringify(body), headers, signal: limit });
      return { status: response.status, text: await response.text() };
    } catch (error) {
      if (limit.aborted) this.hangs += 1;
      return { status: 0, text: String(error) };
    }
  }

  private noteWrong(answer: string): void {
    this.wrongAnswers.set(answer, (this.wrongAnswers.get(answer) ?? 0) + 1);
  }

  /** Looks every write up: what was acknowledged is there once, what was refused is not there. Says what is not so. */
  async check(databaseUri: string): Promise<string[]> {
    const client = new pg.Client({ connectionString: databaseUri });
    await client.connect();
    const problems: string[] = [];
    for (const kind of ["run", "metric", "batch"] as const) {
      for (const [outcome, wanted] of [["acknowledged", 1] as const, ["refused", 0] as const]) {
        const ids = this.writes.filter((write) => write.kind === kind && write.outcome === outcome).map(({ id }) => id);
        const { rows } = await client.query<{ found: number; writes: number }>(lookUp[kind], [ids]);
        for (const { found, writes } of rows)
          if (found !== wanted) problems.push(`${writes} ${outcome} ${kind} writes are there ${found} times`);
      }
    }
    await client.end();
    for (const [answer, times] of this.wrongAnswers) problems.push(`${times} x ${answer}`);
    if (this.hangs > 0) problems.push(`${this.hangs} requests had no answer after ${this.patience / 1000} s`);
    return problems;
  }
}

/** The beginning of an answer, without the ids that make each another. */
const masked = (text: string) => text.replace(/[0-9a-f-]{20,}/g, "*").slice(0, 120);

const metric = (key: string) => ({ key, value: 1, timestamp: 1, step: 0 });

const batch = (run_id: string, id: string) => ({
  run_id,
  params: [{ key: id, value: "p" }],
  metrics: [metric(id)],
  tags: [{ key: id, value: "t" }],
});

const numberOf = (found: string) =>
  `SELECT found::int, count(*)::int AS writes FROM unnest($1::text[]) id, LATERAL (${found}) GROUP BY found`;

/** How often each of these writes is in the database; for a batch, how often each of its parts is: 1 and not 2 of 3. */
const lookUp: Record<Kind, string> = {
  run: numberOf("SELECT count(*) AS found FROM tags WHERE key = 'fault' AND value = id"),
  metric: numberOf("SELECT count(*) AS found FROM metrics WHERE key = id"),
  batch: numberOf(`SELECT CASE WHEN p = m AND m = t THEN p ELSE -1 END AS found FROM (
    SELECT (SELECT count(*) FROM params WHERE key = id) AS p, (SELECT count(*) FROM metrics WHERE key = id) AS m,
      (SELECT count(*) FROM tags WHERE key = id) AS t)`),
};

export const pause = (milliseconds: number) => new Promise<void>((done) => setTimeout(done, milliseconds));
