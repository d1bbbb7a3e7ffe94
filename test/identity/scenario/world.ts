/** What a server is filled with before the callers ask, through its API. */
import { randomUUID } from "node:crypto";
import { type Caller, kindOf, type Level, users } from "./callers.ts";
import { type Headers, type Sent, send } from "./client.ts";

export interface Grant {
  type: string;
  /** An id, or `*`. */
  id: string;
  permission: Level;
}

/** How callers sign in to a server, and how they are granted something. */
export interface SignIns {
  headers(caller: Caller): Headers;
  /** Their own name as a user. */
  nameOf(caller: Caller): string;
  /** Makes those known who have a name of their own. */
  addUsers(world: Api): Promise<void>;
  /** Someone to whom nothing is granted and who asks for nothing: their name. */
  aUser(world: Api): Promise<string>;
  grant(world: Api, caller: Caller, grants: Grant[]): Promise<void>;
}

export const v2 = "/api/2.0/mlflow";
export const v3 = "/api/3.0/mlflow";

// biome-ignore lint/suspicious/noExplicitAny: the scenario looks into whatever the server answers.
type Body = any;

/** The server as its admin uses it. */
export class Api {
  readonly word = randomUUID().slice(0, 8);

  constructor(
    readonly url: string,
    readonly signIns: SignIns,
  ) {}

  /** @throws Error unless the answer is 2xx */
  async do(at: string, sent: Sent): Promise<Body> {
    const { status, text } = await send(this.url, at, sent, this.signIns.headers("admin"));
    if (status >= 300) throw new Error(`${at} ${JSON.stringify(sent)} was answered ${status}: ${text.slice(0, 500)}`);
    return text.startsWith("{") ? JSON.parse(text) : {};
  }

  unique = (word: string) => `${word}-${randomUUID().slice(0, 8)}`;

  /** A word and this world's own. */
  named = (word: string) => `${word}-${this.word}`;
}

export type ModelType = "registered_model" | "prompt";

/** A place for all that lies in an experiment or belongs to a model. */
export interface Place {
  experiment: string;
  experimentName: string;
  run: string;
  loggedModel: string;
  trace: string;
  model: string;
  prompt: string;
}

/** The name of the places' own logged models. */
export const kept = "kept";

const tags = [{ key: "team", value: "vision" }];
export const promptTag = { key: "mlflow.prompt.is_prompt", value: "true" };

function grantsOn({ experiment, model, prompt }: Place, permission: Level | undefined): Grant[] {
  if (!permission) return [];
  return [
    { type: "experiment", id: experiment, permission },
    { type: "registered_model", id: model, permission },
    { type: "prompt", id: prompt, permission },
  ];
}

export const startedTrace = (trace_id: string, experiment_id: string) => ({
  trace: {
    trace_info: {
      trace_id,
      trace_location: { type: "MLFLOW_EXPERIMENT", mlflow_experiment: { experiment_id } },
      request_time: "2023-11-14T22:13:20Z",
      state: "OK",
      tags: { team: "vision" },
    },
  },
});

export class World extends Api {
  own!: Place;
  other!: Place;

  async fill(): Promise<void> {
    await this.signIns.addUsers(this);
    this.own = await this.place("own");
    this.other = await this.place("other");
    for (const caller of users) await this.grantTo(caller);
  }

  private async grantTo(caller: Caller): Promise<void> {
    const { own, other, all = {} } = kindOf(caller);
    const onAll = Object.entries(all).map(([type, permission]) => ({ type, id: "*", permission }));
    const grants = [...grantsOn(this.own, own), ...grantsOn(this.other, other), ...onAll];
    if (grants.length > 0) await this.signIns.grant(this, caller, grants);
  }

  /** What a caller has on the scenario's own resources, on one more. */
  async grantLikeOwn(caller: Caller, type: string, id: string): Promise<void> {
    const { own, signIn } = kindOf(caller);
    if (own && signIn === "user") await this.signIns.grant(this, caller, [{ type, id, permission: own }]);
  }

  private async place(word: string): Promise<Place> {
    const experimentName = this.named(`${word}-experiment`);
    const experiment = await this.anExperiment(experimentName);
    const run = await this.aRun(experiment);
    const loggedModel = await this.aLoggedModel(experiment, kept);
    await this.fillRun(experiment, run, loggedModel);
    const trace = await this.aTrace(experiment);
    await this.upload(`${experiment}/traces/${trace}/artifacts/traces.json`, '{"spans": []}');
    const model = await this.aModel(this.named(`${word}-model`), "registered_model", run);
    const prompt = await this.aModel(this.named(`${word}-prompt`), "prompt");
    return { experiment, experimentName, run, loggedModel, trace, model, prompt };
  }

  private async fillRun(experiment: string, run_id: string, loggedModel: string): Promise<void> {
    const dataset = { name: `data of ${run_id}`, digest: "1a2b", source_type: "local", source: "{}" };
    await this.do(`POST ${v2}/runs/log-batch`, {
      body: { run_id, metrics: [{ key: "loss", value: 0.5, timestamp: 1, step: 1 }], params: [], tags: [] },
    });
    await this.do(`POST ${v2}/runs/log-inputs`, { body: { run_id, datasets: [{ dataset, tags: [] }] } });
    for (const path of [
      `${experiment}/${run_id}/artifacts/one.txt`,
      `${experiment}/models/${loggedModel}/artifacts/one.txt`,
    ])
      await this.upload(path);
  }

  upload = (artifact_path: string, raw = "content") =>
    this.do("PUT /api/2.0/mlflow-artifacts/artifacts/**:artifact_path", { path: { artifact_path }, raw });

  async anExperiment(name = this.unique("experiment"), fields: object = {}): Promise<string> {
    return (await this.do(`POST ${v2}/experiments/create`, { body: { name, tags, ...fields } })).experiment_id;
  }

  async aRun(experiment_id: string): Promise<string> {
    const { run } = await this.do(`POST ${v2}/runs/create`, { body: { experiment_id, start_time: 1, tags } });
    return run.info.run_id;
  }

  async aLoggedModel(experiment_id: string, name = "tree"): Promise<string> {
    const { model } = await this.do(`POST ${v2}/logged-models`, { body: { experiment_id, name, tags } });
    return model.info.model_id;
  }

  async aTrace(experiment_id: string): Promise<string> {
    const trace_id = `tr-${randomUUID().replaceAll("-", "")}`;
    await this.do(`POST ${v3}/traces`, { body: startedTrace(trace_id, experiment_id) });
    return trace_id;
  }

  async anAssessment(trace_id: string): Promise<string> {
    const { assessment } = await this.do(`POST ${v3}/traces/:trace_id/assessments`, {
      path: { trace_id },
      body: { assessment: { assessment_name: "good", feedback: { value: true } } },
    });
    return assessment.assessment_id;
  }

  /** A registered model or prompt with one version, tags and the alias `champion`. */
  async aModel(name = this.unique("model"), type: ModelType = "registered_model", run_id?: string): Promise<string> {
    await this.do(`POST ${v2}/registered-models/create`, {
      body: { name, tags: type === "prompt" ? [...tags, promptTag] : tags },
    });
    const version = await this.aVersion(name, run_id);
    await this.do(`POST ${v2}/registered-models/alias`, { body: { name, version, alias: "champion" } });
    return name;
  }

  async aVersion(name: string, run_id?: string): Promise<string> {
    const source = run_id ? `runs:/${run_id}/model` : "s3://bucket/model";
    const { model_version } = await this.do(`POST ${v2}/model-versions/create`, {
      body: { name, source, run_id, tags },
    });
    return model_version.version;
  }
}
