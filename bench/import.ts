/**
 * Imports: `npm run import` from SQLite; beside it, of fewer runs, `mlflow-export-import` from a stock server to this
 * app, and `mlflow migrate-filestore` beside our import of the same folder.
 */
import { execFile } from "node:child_process";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import pg from "pg";
import { startStock } from "../test/acceptance/stock-server.ts";
import { venv } from "../test/acceptance/venv.ts";
import { startApp } from "./apps.ts";
import { cpuOf } from "./cpu.ts";
import { type Databases, machine, makeDatabases } from "./databases.ts";
import { type Watched, watched } from "./watched.ts";

const pointsOfRun = 50 * 100;

interface Taken extends Watched {
  /** Time of PostgreSQL, in seconds; undefined where it has none. */
  postgres?: number;
}

/**
 * @param runs of our import from SQLite, in so many experiments
 * @param fewer runs of all the others, and of ours beside them; 0 leaves them out
 */
export async function compareImports(runs: number, experiments: number, fewer: number): Promise<void> {
  console.log(`${machine()}
Each run has 50 metrics of 100 points. Ratios are those of points a second to ours of as many runs.
| Command | Runs | s | Points/s | Ratio | CPU us a point (PostgreSQL) | MB |
|---|---|---|---|---|---|---|`);
  await inDatabases(["large"], async (databases) => {
    const { file } = await madeSource(databases.folder, runs, experiments);
    row("`npm run import`, SQLite", runs, await ours(databases, 0, file));
    await checkPoints(databases.uris[0]!, runs);
  });
  if (fewer === 0) return;
  await inDatabases(["small", "moved", "folder"], async (databases) => {
    const { file, folder } = await madeSource(databases.folder, fewer, 1);
    const own = row("`npm run import`, SQLite", fewer, await ours(databases, 0, file));
    row("`mlflow-export-import`, both halves", fewer, await moved(databases, 1, file), own);
    const ownFolder = row("`npm run import`, `mlruns`", fewer, await ours(databases, 2, folder));
    row("`mlflow migrate-filestore`, to SQLite", fewer, await migrated(databases.folder), ownFolder);
    for (const uri of databases.uris) await checkPoints(uri, fewer);
  });
}

async function inDatabases(names: string[], work: (databases: Databases) => Promise<void>): Promise<void> {
  const databases = await makeDatabases(...names);
  await work(databases).finally(() => databases.stop());
}

/** A SQLite file and a folder with the same runs, made by stock and filled by SQL. */
async function madeSource(place: string, runs: number, experiments: number): Promise<{ file: string; folder: string }> {
  const [file, folder] = [join(place, "mlflow.db"), join(place, "store", "mlruns")];
  const python = join(await venv("3.18.0"), "bin/python");
  await watched(python, ["-m", "mlflow", "db", "upgrade", `sqlite:///${file}`], {});
  // A folder of many runs takes long, and is not measured.
  const wanted = runs > 500 ? [] : [folder];
  await promisify(execFile)(python, ["bench/import_source.py", file, String(runs), String(experiments), ...wanted]);
  return { file, folder };
}

async function ours(databases: Databases, index: number, source: string): Promise<Taken> {
  const env = {
    MLFLOW_BACKEND_STORE_URI: databases.uris[index]!,
    MLFLOW_DEFAULT_ARTIFACT_ROOT: "mlflow-artifacts:/",
    AZURE_STORAGE_CONNECTION_STRING: "UseDevelopmentStorage=true",
  };
  return withPostgres(databases, () => watched(process.execPath, ["dist/import.cjs", source], env));
}

async function withPostgres({ pid }: Databases, work: () => Promise<Watched>): Promise<Taken> {
  const before = cpuOf(pid) ?? Number.NaN;
  const taken = await work();
  return { ...taken, postgres: ((cpuOf(pid) ?? Number.NaN) - before) / 1e6 };
}

/** @throws Error where points are missing */
async function checkPoints(database: string, runs: number): Promise<void> {
  const client = new pg.Client({ connectionString: database });
  await client.connect();
  const { rows } = await client
    .query<{ points: string }>("SELECT count(*) AS points FROM metrics")
    .finally(() => client.end());
  if (Number(rows[0]!.points) !== runs * pointsOfRun) throw new Error(`${rows[0]!.points} points came of ${runs} runs`);
}

/** By HTTP out of a stock server, through files, and by HTTP into this app. */
async function moved(databases: Databases, index: number, file: string): Promise<Taken> {
  const python = join(await venv("export-import"), "bin/python");
  const [input, artifacts] = [join(databases.folder, "exported"), join(databases.folder, "artifacts")];
  const command = (name: string, url: string, ...args: string[]) =>
    watched(python, ["-m", `mlflow_export_import.experiment.${name}`, ...args], {
      MLFLOW_TRACKING_URI: url,
      GIT_PYTHON_REFRESH: "quiet",
    });
  const stock = await startStock({ database: `sqlite:///${file}` });
  const out = await command("export_experiment", stock.url, "--experiment", "bench", "--output-dir", input).finally(
    () => stock.stop(),
  );
  const app = await startApp(databases.uris[index]!, databases.folder, undefined, {
    MLFLOW_DEFAULT_ARTIFACT_ROOT: artifacts,
  });
  try {
    const into = await withPostgres(databases, () =>
      command("import_experiment", app.url, "--experiment-name", "bench", "--input-dir", input),
    );
    return {
      seconds: out.seconds + into.seconds,
      cpu: out.cpu + into.cpu,
      megabytes: Math.max(out.megabytes, into.megabytes),
      postgres: into.postgres,
    };
  } finally {
    app.process.kill();
  }
}

async function migrated(place: string): Promise<Taken> {
  const python = join(await venv("3.18.0"), "bin/python");
  await mkdir(join(place, "migrated"));
  const target = `sqlite:///${join(place, "migrated", "mlflow.db")}`;
  return watched(
    python,
    ["-m", "mlflow", "migrate-filestore", "--source", join(place, "store"), "--target", target],
    {},
  );
}

/**
 * Prints a row.
 * @param beside points a second that the ratio is of
 * @returns points a second
 */
function row(command: string, runs: number, { seconds, cpu, megabytes, postgres }: Taken, beside?: number): number {
  const points = runs * pointsOfRun;
  const perSecond = points / seconds;
  const micros = (used: number) => ((used * 1e6) / points).toFixed(1);
  const cells = [
    command,
    runs.toLocaleString("en"),
    seconds.toFixed(1),
    Math.round(perSecond).toLocaleString("en"),
    beside === undefined ? "" : (perSecond / beside).toPrecision(2),
    `${micros(cpu)}${postgres === undefined ? "" : ` (${micros(postgres)})`}`,
    megabytes.toFixed(0),
  ];
  console.log(`| ${cells.join(" | ")} |`);
  return perSecond;
}
