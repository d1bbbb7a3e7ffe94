/** The artifacts of an experiment, on their way from the source to Blob Storage. */
import { resolveRoot } from "../../shared/artifacts/roots.ts";
import type { Destination } from "./experiments.ts";
import { inParallel } from "./parallel.ts";
import { placeOf } from "./rewrite.ts";
import type { Place, Rows, Source, SourceFile } from "./source.ts";
import type { Kind, Row, TableName } from "./tables.ts";
import { chunks, type Work } from "./work.ts";

const placesAtOnce = 8;

/** Where a kind keeps its locations. */
const locations = {
  runs: { table: "runs", of: (row: Row) => [row.run_uuid, row.artifact_uri], kind: "run" },
  logged_models: {
    table: "logged_models",
    of: (row: Row) => [row.model_id, row.artifact_location],
    kind: "logged_model",
  },
  traces: {
    table: "trace_tags",
    of: (row: Row) => (row.key === "mlflow.artifactLocation" ? [row.request_id, row.value] : []),
    kind: "trace",
  },
} as const satisfies Partial<Record<Kind, { table: TableName; of(row: Row): unknown[]; kind: Place["kind"] }>>;

type Located = keyof typeof locations;

/** Uploads them before their rows are written, so that what can be seen is whole. Of a dry run: counts them. */
export async function bringArtifacts(
  { source, config, options, uploads, report }: Work,
  destination: Destination,
  ids: ReadonlyMap<Kind, readonly string[]>,
): Promise<void> {
  await inParallel(placesAtOnce, placesIn(source, destination.source.id, ids), async (place) => {
    if (!source.reaches(place.uri)) return report.staysAt(place.uri);
    const files = await source.files(place);
    if (options.dryRun) await counted(files, uploads.total);
    else await uploads.bring(files, resolveRoot(placeOf(place.kind, destination, place.id), config));
  });
}

/** Adds what a dry run would upload. */
export async function counted(
  files: AsyncIterable<SourceFile>,
  total: { files: number; bytes: number },
): Promise<void> {
  for await (const { size } of files) {
    total.files++;
    total.bytes += size;
  }
}

type ThingPlace = Place & { kind: "run" | "logged_model" | "trace" };

async function* placesIn(
  source: Source,
  experiment: string,
  ids: ReadonlyMap<Kind, readonly string[]>,
): AsyncIterable<ThingPlace> {
  for (const [kind, { table, of, kind: placeKind }] of Object.entries(locations))
    for (const some of chunks(ids.get(kind as Located) ?? []))
      for await (const row of rowsOf(source.rows(kind as Located, experiment, some), table)) {
        const [id, uri] = of(row);
        if (typeof uri === "string" && uri !== "") yield { kind: placeKind, id: String(id), experiment, uri };
      }
}

/** Of one table alone: the others are lazy, and not read. */
async function* rowsOf(all: AsyncIterable<Rows> | Iterable<Rows>, table: TableName): AsyncIterable<Row> {
  for await (const rows of all) {
    if (rows.table !== table) continue;
    yield* rows.rows;
    return;
  }
}
