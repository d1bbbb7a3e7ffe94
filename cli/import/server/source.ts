/** Reads another tracking server over its REST API, of any version from 1.30 on. */

import { few } from "../local-artifacts.ts";
import { inParallel } from "../parallel.ts";
import type { Place, Rows, Source, SourceExperiment } from "../source.ts";
import type { Kind, Row } from "../tables.ts";
import { filesOf } from "./artifacts.ts";
import { type Json, Server } from "./client.ts";
import { list, object, pairs, text, whole } from "./fields.ts";
import { loggedModelRows, registeredModelRows, registeredModels } from "./models.ts";
import { datasetId, datasetRow, runId, runRows } from "./runs.ts";
import { hasSpansAsRows, traceId, traceRows } from "./traces.ts";

const requestsAtOnce = 8;
const pageSize = 1000;
/** Runs are asked for one by one; those of the last requests are kept. */
const mostKept = 1000;

/**
 * @throws Refusal where there is no tracking server, or it refuses
 */
export async function openServer(url: string, env: NodeJS.ProcessEnv): Promise<Source> {
  const server = new Server(url, env);
  const version = await server
    .content("/version")
    .then(async (body) =>
      Buffer.concat(await body.toArray())
        .toString("utf8")
        .slice(0, 40),
    )
    .catch(() => "");
  return new ServerSource(server, /^\d[\w.]*$/.test(version) ? `MLflow ${version}` : "MLflow");
}

class ServerSource implements Source {
  readonly description: string;
  private readonly server: Server;
  private readonly found = new Map<string, Json>();
  private readonly runs = new Map<string, Json>();
  private readonly datasets = new Map<string, Map<string, Row>>();
  private loggedModels = new Map<string, Json>();
  private traces = new Map<string, Json>();
  /** Archived traces whose spans can't be read. */
  private readonly unread = new Set<string>();
  private registered: Map<string, Json> | undefined;

  constructor(server: Server, version: string) {
    this.server = server;
    this.description = `${server.address} (${version})`;
  }

  async experiments(): Promise<SourceExperiment[]> {
    const pages = this.server.pages("experiments", (page) =>
      this.server.post("/api/2.0/mlflow/experiments/search", { view_type: "ALL", max_results: pageSize, ...page }),
    );
    for await (const page of pages) for (const one of page) this.found.set(String(one.experiment_id), one);
    const all = [...this.found.values()].sort((one, other) => created(one) - created(other));
    return all.map((one) => ({ id: String(one.experiment_id), name: String(one.name) }));
  }

  async ids(kind: Kind, experiment: string): Promise<string[]> {
    if (kind === "runs") return this.runIds(experiment);
    if (kind === "logged_models") {
      this.loggedModels = await this.searched(
        "models",
        (model) => String(object(model.info).model_id),
        (page) => this.server.post("/api/2.0/mlflow/logged-models/search", { experiment_ids: [experiment], ...page }),
      );
      return [...this.loggedModels.keys()].reverse();
    }
    this.traces = await this.searched("traces", traceId, (page) => this.searchTraces(experiment, page));
    return [...this.traces.keys()].reverse();
  }

  async *rows(kind: Kind, experiment: string, ids: readonly string[]): AsyncIterable<Rows> {
    if (kind === "experiments") yield* this.experimentRows(experiment);
    else if (kind === "runs") yield* runRows(this.server, experiment, await this.runsOf(ids));
    else if (kind === "logged_models")
      yield* loggedModelRows(
        experiment,
        ids.map((id) => this.loggedModels.get(id)!),
      );
    else if (kind === "traces")
      yield* traceRows(
        this.server,
        experiment,
        ids.map((id) => this.traces.get(id)!),
        this.unread,
      );
    else yield* await registeredModelRows(this.server, this.registered!.get(ids[0]!)!);
  }

  async models(): Promise<string[]> {
    this.registered = await registeredModels(this.server);
    const time = ({ creation_timestamp: at }: Json) => Number(at ?? 0);
    return [...this.registered.entries()].sort(([, one], [, other]) => time(one) - time(other)).map(([name]) => name);
  }

  async files(place: Place) {
    const trace = place.kind === "trace" ? this.traces.get(place.id) : undefined;
    return filesOf(this.server, place, trace !== undefined && hasSpansAsRows(trace));
  }

  async left(): Promise<string[]> {
    const unread = [...this.unread].map((id) => `The spans of the trace '${id}': the server can't read its archive.`);
    return [
      ...few(unread),
      "What no API answers: when runs were deleted, deleted logged models, and the ids of datasets and inputs (new ones were made).",
    ];
  }

  /** The server hands out what lies in other storages too; what is in Azure already may stay. */
  reaches(uri: string): boolean {
    return !/^(wasb|abfs)s?:/i.test(uri);
  }

  close(): void {}

  /** Notes the datasets that runs used on the way: nothing else lists them. */
  private async runIds(experiment: string): Promise<string[]> {
    const ids: string[] = [];
    const datasets = new Map<string, Row>();
    const pages = this.server.pages("runs", (page) =>
      this.server.post("/api/2.0/mlflow/runs/search", {
        experiment_ids: [experiment],
        run_view_type: "ALL",
        max_results: pageSize,
        ...page,
      }),
    );
    for await (const page of pages)
      for (const run of page) {
        ids.push(runId(run));
        for (const { dataset } of list(object(run.inputs).dataset_inputs)) {
          const id = datasetId(experiment, object(dataset));
          if (!datasets.has(id)) datasets.set(id, datasetRow(experiment, object(dataset)));
        }
      }
    this.datasets.set(experiment, datasets);
    return ids.reverse();
  }

  private async runsOf(ids: readonly string[]): Promise<Json[]> {
    const wanted = ids.filter((id) => !this.runs.has(id));
    if (this.runs.size + wanted.length > mostKept) this.runs.clear();
    const missing = ids.filter((id) => !this.runs.has(id));
    await inParallel(requestsAtOnce, missing, async (id) => {
      const { run } = await this.server.get("/api/2.0/mlflow/runs/get", { run_id: id, run_uuid: id });
      this.runs.set(id, object(run));
    });
    return ids.map((id) => this.runs.get(id)!);
  }

  private *experimentRows(id: string): Iterable<Rows> {
    const experiment = this.found.get(id)!;
    yield {
      table: "experiments",
      rows: [
        {
          experiment_id: id,
          name: text(experiment.name),
          artifact_location: text(experiment.artifact_location),
          lifecycle_stage: text(experiment.lifecycle_stage) ?? "active",
          creation_time: whole(experiment.creation_time),
          last_update_time: whole(experiment.last_update_time),
          workspace: "default",
        },
      ],
    };
    yield {
      table: "experiment_tags",
      rows: pairs(experiment.tags).map(([key, value]) => ({ key, value, experiment_id: id })),
    };
    yield { table: "datasets", rows: [...(this.datasets.get(id)?.values() ?? [])] };
  }

  /** Everything that a search finds, by id; nothing where the version has no such search. */
  private async searched(
    member: string,
    idOf: (one: Json) => string,
    search: (page: Record<string, string>) => Promise<Json>,
  ): Promise<Map<string, Json>> {
    const found = new Map<string, Json>();
    const pages = this.server.pages(member, async (page) => (await this.server.ifThere(search(page))) ?? {});
    for await (const page of pages) for (const one of page) found.set(idOf(one), one);
    return found;
  }

  /** Version 3 of the API, else version 2. */
  private async searchTraces(experiment: string, page: Record<string, string>): Promise<Json> {
    const location = { type: "MLFLOW_EXPERIMENT", mlflow_experiment: { experiment_id: experiment } };
    const found = await this.server.ifThere(
      this.server.post("/api/3.0/mlflow/traces/search", { locations: [location], max_results: 100, ...page }),
    );
    return (
      found ?? this.server.get("/api/2.0/mlflow/traces", { experiment_ids: experiment, max_results: "100", ...page })
    );
  }
}

const created = ({ creation_time: at, experiment_id: id }: Json) => Number(at ?? id ?? 0);
