/** `npm run import`: brings what a SQLite file, a folder or another tracking server holds into this one. */

import { ensureReady } from "../shared/mlflow/schema/ready.ts";
import { inspect } from "../shared/mlflow/schema/schema.ts";
import type { AppContext } from "../shared/platform/context.ts";
import { exitCodes, print, run } from "../shared/tools/command.ts";
import { showProgress } from "../shared/tools/progress.ts";
import { Misuse } from "../shared/tools/refusal.ts";
import { readContext } from "./context.ts";
import { importAll } from "./import/importer.ts";
import { openSource } from "./import/open.ts";

const command = {
  call: "npm run import",
  does: "Imports what another MLflow holds",
  options: {
    "dry-run": { type: "boolean", default: false, help: "change nothing: say what would come, with counts and bytes" },
    "no-artifacts": {
      type: "boolean",
      default: false,
      help: "leave the files where they are; a later run brings them",
    },
    artifacts: {
      type: "string",
      value: "<dir>",
      help: "a folder with the files of artifacts, where they are not in mlruns or mlartifacts beside the source",
    },
    "data-dir": {
      type: "string",
      default: ".data",
      value: "<dir>",
      help: "of the npm start to import into where no database is set (default: .data)",
    },
  },
  text: "<source>",
  more: `The source is a SQLite file (MLflow 2.0 to 3.18), a folder mlruns, or the URL of a tracking server (1.30 to 3.18; its user and
password in the URL, or MLFLOW_TRACKING_USERNAME and _PASSWORD, or MLFLOW_TRACKING_TOKEN). Stop a server that writes to a file or
folder first; one that is read over HTTP, and the one that is imported into, may run.

Ids, times, names, stages, aliases, tags and the numbers of versions stay what they were. Files go straight to Blob Storage, and
their URIs follow. Each experiment and each registered model is imported as a whole or not at all. Run it again after anything
went wrong: what is there already with the same content is left alone, and what is there with other content is reported and
stays. The settings are those of the environment and of local.settings.json.`,
} as const;

run(command, async (values, text) => {
  if (text === "") throw new Misuse("Name a source: see npm run import -- --help.");
  const context = await readContext(values["data-dir"] ?? ".data");
  const dryRun = values["dry-run"] ?? false;
  const progress = showProgress(process.stderr);
  const db = context.database();
  try {
    const isEmpty = dryRun ? await isEmptyDatabase(context) : false;
    if (!dryRun) await ensureReady(context);
    const source = await openSource(text, values.artifacts === undefined ? [] : [values.artifacts]);
    try {
      print(`${dryRun ? "Would import" : "Importing"} from ${source.description}.`);
      const artifacts = !values["no-artifacts"];
      const report = await importAll(source, context, { artifacts, dryRun, isEmpty, progress: progress.show });
      progress.end();
      print(report.text(dryRun));
      if (report.course.failure !== undefined) throw report.course.failure;
      return report.conflicts.length > 0 ? exitCodes.failed : exitCodes.done;
    } finally {
      source.close();
    }
  } finally {
    progress.end();
    await db.end();
  }
});

/** @throws MlflowError for a database that the app does not serve */
async function isEmptyDatabase(context: AppContext): Promise<boolean> {
  const client = await context.database().connect();
  const found = await inspect(client).finally(() => client.release());
  if (found.problem) throw found.problem;
  return found.revision === undefined;
}
