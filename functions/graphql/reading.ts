import type { FieldNode } from "graphql";
import type { Context } from "../../shared/platform/http/route.ts";
import { Budget } from "./budget.ts";
import { type Entity, experimentsOf, type Source, versionsOfRuns } from "./entities.ts";

/** What one query reads: each thing once, root fields one after the other. */
export class Reading implements Source {
  readonly db: Source["db"];
  readonly config: Source["config"];
  readonly blobs: Source["blobs"];
  readonly budget = new Budget();
  /** How many fields the query asks of each item of a list, by the list's place in the query. */
  readonly fieldCounts = new WeakMap<readonly FieldNode[], number>();
  private readonly answers = new Map<string, Promise<Entity>>();
  private last: Promise<unknown> = Promise.resolve();
  private readonly experiments = new Batch((ids) => experimentsOf(ids, this));
  private readonly versions = new Batch((runIds) => versionsOfRuns(runIds, this));

  constructor({ db, config, blobs }: Context) {
    this.db = db;
    this.config = config;
    this.blobs = blobs;
  }

  /** The answer that `read` gives for this field and input, the same for all aliases that ask for it. */
  answer(field: string, input: unknown, read: () => Promise<Entity>): Promise<Entity> {
    const key = `${field} ${JSON.stringify(input)}`;
    const known = this.answers.get(key);
    if (known) return known;
    const found = this.last.then(read);
    this.last = found.catch(() => {});
    this.answers.set(key, found);
    return found;
  }

  experiment(id: string): Promise<Entity | undefined> {
    return this.experiments.load(id);
  }

  async modelVersions(runId: string): Promise<Entity[]> {
    return (await this.versions.load(runId)) ?? [];
  }
}

/** Reads by id: all ids of an answer that are asked for in the same turn share one statement. */
class Batch<T> {
  private readonly read: (ids: string[]) => Promise<ReadonlyMap<string, T>>;
  private asked = new Set<string>();
  private found: Promise<ReadonlyMap<string, T>> | undefined;

  constructor(read: (ids: string[]) => Promise<ReadonlyMap<string, T>>) {
    this.read = read;
  }

  async load(id: string): Promise<T | undefined> {
    this.asked.add(id);
    this.found ??= new Promise((done) => setImmediate(done)).then(() => {
      const ids = [...this.asked];
      this.asked = new Set();
      this.found = undefined;
      return this.read(ids);
    });
    return (await this.found).get(id);
  }
}
