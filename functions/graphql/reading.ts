import DataLoader from "dataloader";
import type { FieldNode } from "graphql";
import type { Context } from "../../shared/platform/http/route.ts";
import { Budget } from "./budget.ts";
import { type Entity, experimentsOf, type Source, versionsOf } from "./entities.ts";

/** What one query reads: each thing once, root fields one after the other. */
export class Reading implements Source {
  readonly db: Source["db"];
  readonly config: Source["config"];
  readonly blobs: Source["blobs"];
  readonly facts: Source["facts"];
  readonly budget = new Budget();
  /** How many fields the query asks of each item of a list, by the list's place in the query. */
  readonly fieldCounts = new WeakMap<readonly FieldNode[], number>();
  readonly experiments = new DataLoader<string, Entity | undefined>((ids) => experimentsOf(ids, this));
  readonly versions = new DataLoader<string, Entity[]>((runIds) => versionsOf(runIds, this));
  private readonly answers = new Map<string, Promise<Entity>>();
  private last: Promise<unknown> = Promise.resolve();

  constructor({ db, config, blobs, facts }: Context) {
    this.db = db;
    this.config = config;
    this.blobs = blobs;
    this.facts = facts;
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
}
