/** Which experiment of the target each one of the source becomes. */
import type { Database } from "../../shared/platform/db/database.ts";
import { sql } from "../../shared/platform/db/sql.ts";
import { Refusal } from "../../shared/tools/refusal.ts";
import type { SourceExperiment } from "./source.ts";

/** Holds the id that an experiment had where ids do not fit into PostgreSQL's integers. */
export const formerIdTag = "mlflow_functions.import.experiment_id";

export interface Destination {
  source: SourceExperiment;
  /** In the target. */
  id: string;
  /** Where its artifacts go, without a slash at the end. */
  location: string;
  isThere: boolean;
}

interface Existing {
  id: string;
  name: string;
  location: string | null;
  former: string | null;
  isDeleted: boolean;
}

const largest = 2 ** 31 - 1;

/** A file store's ids have 18 digits. */
const fits = (id: string) => /^(0|[1-9]\d{0,9})$/.test(id) && Number(id) <= largest;

/** What the target has, and the highest id that it has given. */
interface Target {
  experiments: Existing[];
  last: number;
}

export const emptyDatabase: Target = { experiments: [], last: 0 };

export async function existingIn(db: Database): Promise<Target> {
  const experiments = await db.reading.query<Existing>(sql`
    SELECT e.experiment_id::text AS id, e.name, e.artifact_location AS location, t.value AS former,
      e.lifecycle_stage = 'deleted' AS "isDeleted"
    FROM experiments e LEFT JOIN experiment_tags t ON t.experiment_id = e.experiment_id AND t.key = ${formerIdTag}`);
  const [row] = await db.reading.query<{ last: string }>(sql`
    SELECT greatest((SELECT max(experiment_id) FROM experiments),
      (SELECT CASE WHEN is_called THEN last_value ELSE last_value - 1 END FROM experiments_experiment_id_seq))::text AS last`);
  return { experiments, last: Number(row!.last) };
}

/**
 * Where each experiment goes: to its own id where that fits, else to the next free ones.
 * @throws Refusal naming all that can't go where it should
 */
export function destinations(
  { experiments: existing, last }: Target,
  experiments: readonly SourceExperiment[],
  root: string,
): Destination[] {
  const wanted = experiments.filter(({ id }) => fits(id)).map(({ id }) => Number(id));
  let next = Math.max(last, 0, ...wanted);
  const problems: string[] = [];
  const found = experiments.map((source) => {
    const there = existing.find(({ id, former }) => (fits(source.id) ? id === source.id : former === source.id));
    problems.push(...problemOf(source, there, existing));
    const id = there?.id ?? (fits(source.id) ? source.id : String(++next));
    const location = there?.location ?? `${root.replace(/\/+$/, "")}/${id}`;
    return { source, id, location, isThere: there !== undefined };
  });
  problems.push(...repeatedNames(experiments));
  if (problems.length > 0) throw new Refusal(`Nothing was imported.\n${problems.join("\n")}`);
  return found;
}

function problemOf(source: SourceExperiment, there: Existing | undefined, existing: Existing[]): string[] {
  const named = existing.find(({ name }) => name === source.name);
  if (there && there.name !== source.name)
    return [
      `Experiment ${source.id} is '${source.name}' in the source, and here there is '${there.name}' with its id.`,
    ];
  if (!there && named)
    return [
      `The experiment '${source.name}' (${source.id} in the source) is here already, with the id ${named.id}${named.isDeleted ? ", and deleted: it keeps its name" : ""}.`,
    ];
  return [];
}

function repeatedNames(experiments: readonly SourceExperiment[]): string[] {
  const seen = new Map<string, string>();
  return experiments.flatMap(({ id, name }) => {
    const other = seen.get(name);
    seen.set(name, id);
    return other === undefined ? [] : [`The experiments ${other} and ${id} of the source have one name, '${name}'.`];
  });
}

/** What is created meanwhile gets ids after those that are imported. */
export async function passIds(db: Database, found: readonly Destination[]): Promise<void> {
  const last = Math.max(0, ...found.flatMap(({ id, isThere }) => (isThere ? [] : [Number(id)])));
  if (last === 0) return;
  await db.writing.query(sql`
    SELECT setval('experiments_experiment_id_seq', greatest(${last}::bigint, (SELECT last_value FROM experiments_experiment_id_seq)))`);
}
