import { randomUUID } from "node:crypto";
import type { App } from "./support/app.ts";

const mlflow = "/api/2.0/mlflow";

export const unique = (word: string) => `${word}-${randomUUID().slice(0, 8)}`;

/** Creates an experiment and answers its id. */
export async function anExperiment(app: App, fields: Record<string, unknown> = {}): Promise<string> {
  const { body } = await app.post(`${mlflow}/experiments/create`, { name: unique("experiment"), ...fields });
  return body.experiment_id;
}

/** Creates a run, in an experiment of its own unless one is given, and answers its id. */
export async function aRun(app: App, fields: Record<string, unknown> = {}): Promise<string> {
  const experiment_id = fields.experiment_id ?? (await anExperiment(app));
  const { body } = await app.post(`${mlflow}/runs/create`, { start_time: 1_700_000_000_000, ...fields, experiment_id });
  return body.run.info.run_id;
}

/** The run as runs/get answers it. */
export async function theRun(app: App, runId: string) {
  const { body } = await app.get(`${mlflow}/runs/get`, { run_id: runId });
  return body.run;
}

/** Runs `work` `count` times at once. */
export const times = <T>(count: number, work: (index: number) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: count }, (_, index) => work(index)));

/** Creates a registered model and answers its name. */
export async function aModel(app: App, fields: Record<string, unknown> = {}): Promise<string> {
  const { body } = await app.post(`${mlflow}/registered-models/create`, { name: unique("model"), ...fields });
  return body.registered_model.name;
}

/** Creates a version of a model, from outside any run unless told otherwise, and answers its number. */
export async function aVersion(app: App, name: string, fields: Record<string, unknown> = {}): Promise<string> {
  const { body } = await app.post(`${mlflow}/model-versions/create`, { name, source: "s3://bucket/model", ...fields });
  return body.model_version.version;
}

/** Creates a logged model, in an experiment of its own unless one is given, and answers its id. */
export async function aLoggedModel(app: App, fields: Record<string, unknown> = {}): Promise<string> {
  const experiment_id = fields.experiment_id ?? (await anExperiment(app));
  const { body } = await app.post(`${mlflow}/logged-models`, { ...fields, experiment_id });
  return body.model.info.model_id;
}
