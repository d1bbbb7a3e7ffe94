import { type Difference, differences, type Masked, masked } from "./compare.ts";
import { Names, parseAnswer, sortMember } from "./mask.ts";
import type { Recorded, Saved } from "./request.ts";
import { type Answer, send, usedBy } from "./send.ts";

export interface Result {
  recorded: Recorded;
  stock: Answer;
  ours: Answer;
  differences: Difference[];
}

/** One of the two servers under comparison, and what it has answered so far. */
export class Side {
  readonly names: Names;
  readonly origin: string;
  #saved: Saved = new Map();

  constructor(origin: string, names = new Names()) {
    this.origin = origin;
    this.names = names;
  }

  /** Another server on the same database, which gives the same ids. */
  sharing(origin: string): Side {
    const other = new Side(origin, this.names);
    other.#saved = new Map(this.#saved);
    return other;
  }

  /** Forgets the saved values, not the ids they stand for: a group sees only its own. */
  startGroup(): void {
    this.#saved = new Map();
  }

  async answer(recorded: Recorded) {
    const answer = await send(this.origin, recorded, this.#saved);
    const used = usedBy(recorded, this.#saved);
    for (const [name, path] of Object.entries(recorded.save ?? {})) this.#save(name, path, answer.text);
    if (!recorded.save) this.#nameExperiment(recorded, answer.text);
    return { answer, masked: ordered(recorded, masked(answer, this.names, used)) };
  }

  /** An experiment that nothing refers to later has an id all the same. */
  #nameExperiment(recorded: Recorded, text: string): void {
    const id = recorded.path.endsWith("/experiments/create") && valueAt(text, "experiment_id");
    if (id) this.names.add(recorded.name, "experiment_id", id);
  }

  #save(name: string, path: string, text: string): void {
    const value = valueAt(text, path);
    if (value === undefined) return;
    this.#saved.set(name, value);
    this.names.add(name, path, value);
  }
}

// Stock answers the stages in the order in which the database happens to hold the versions.
const ordered = (recorded: Recorded, answer: Masked): Masked =>
  recorded.path.endsWith("/get-latest-versions")
    ? { ...answer, body: sortMember(answer.body, "model_versions") }
    : answer;

function valueAt(text: string, path: string): string | undefined {
  try {
    const found = path
      .split(".")
      .reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], parseAnswer(text));
    return found === undefined ? undefined : String(found);
  } catch {
    return undefined;
  }
}

/** Sends a group's requests to both servers, one pair after the other. */
export async function runGroup(requests: readonly Recorded[], stock: Side, ours: Side): Promise<Result[]> {
  stock.startGroup();
  ours.startGroup();
  const results: Result[] = [];
  for (const recorded of requests) {
    const [left, right] = await Promise.all([stock.answer(recorded), ours.answer(recorded)]);
    const found = differences(left.masked, right.masked);
    results.push({ recorded, stock: left.answer, ours: right.answer, differences: found });
  }
  return results;
}
