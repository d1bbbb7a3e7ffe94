/** What a team does all day: runs, searches, histories, artifacts, models and traces, by clients that never pause. */
import { randomBytes, randomUUID } from "node:crypto";

interface Run {
  id: string;
  /** The folder of its artifacts. */
  folder: string;
}

interface Created {
  run: { info: { run_id: string; artifact_uri: string } };
}

interface Upload {
  upload_id: string;
  credentials: { url: string; part_number: number; headers?: Record<string, string> }[];
}

interface Sent {
  headers?: Record<string, string>;
  body?: object | string;
}

const patience = 60_000;
const metrics = 50;
const model = "soak";
const spanTimes = { startTimeUnixNano: "1700000000000000000", endTimeUnixNano: "1700000001000000000" };

/** Each client takes up a run, does a little of everything with it, and takes up the next. */
export class MixedLoad {
  requests = 0;
  /** What was not answered with 2xx, with its number. */
  readonly errors = new Map<string, number>();
  private readonly ended = new AbortController();
  private readonly clients: Promise<void>[];

  constructor(
    private readonly url: string,
    clients: number,
  ) {
    const modelReady = this.mlflow("registered-models/create", { name: model });
    this.clients = Array.from({ length: clients }, async () => {
      await modelReady;
      while (!this.ended.signal.aborted) await this.useRun();
    });
  }

  get failed(): number {
    return [...this.errors.values()].reduce((sum, times) => sum + times, 0);
  }

  /** Ends the load; what is under way is waited for. */
  async stop(): Promise<void> {
    this.ended.abort();
    await Promise.all(this.clients);
  }

  private async useRun(): Promise<void> {
    const tags = [{ key: "mlflow.user", value: "soak" }];
    const created = await this.mlflow<Created>("runs/create", { experiment_id: "0", start_time: Date.now(), tags });
    if (!created) return;
    const { run_id: id, artifact_uri } = created.run.info;
    const run = { id, folder: artifact_uri.replace("mlflow-artifacts:/", "") };
    for (const part of [this.write, this.read, this.useArtifacts, this.useModel, this.trace]) {
      if (this.ended.signal.aborted) return;
      await part.call(this, run);
    }
  }

  private async write({ id }: Run): Promise<void> {
    const point = (step: number) => ({ key: `m${step % 5}`, value: Math.random(), timestamp: step, step });
    const params = [{ key: "depth", value: String(Math.floor(Math.random() * 10)) }];
    const points = Array.from({ length: metrics }, (_, step) => point(step));
    await this.mlflow("runs/log-batch", { run_id: id, metrics: points, params });
    for (let step = metrics; step < metrics + 5; step++)
      await this.mlflow("runs/log-metric", { run_id: id, ...point(step) });
    await this.mlflow("runs/set-tag", { run_id: id, key: "team", value: "vision" });
    await this.mlflow("runs/log-parameter", { run_id: id, key: "rate", value: "0.1" });
    await this.mlflow("runs/update", { run_id: id, status: "FINISHED", end_time: Date.now() });
  }

  private async read({ id }: Run): Promise<void> {
    const page = { experiment_ids: ["0"], max_results: 50 };
    await this.get(`mlflow/runs/get?run_id=${id}`);
    await this.mlflow("runs/search", page);
    await this.mlflow("runs/search", { ...page, filter: "metrics.m1 > 0.5 and params.depth = '3'" });
    await this.get(`mlflow/metrics/get-history?run_id=${id}&metric_key=m1`);
    await this.mlflow("experiments/search", { max_results: 100 });
  }

  private async useArtifacts({ folder }: Run): Promise<void> {
    const base = `/api/2.0/mlflow-artifacts`;
    const body = { path: "model.bin", num_parts: 1 };
    const upload = await this.send<Upload>("POST", `${base}/mpu/create/${folder}`, { body });
    if (!upload) return;
    const parts = [];
    for (const { url, part_number, headers } of upload.credentials) {
      await this.send("PUT", url, { headers, body: randomBytes(3000).toString("hex") });
      parts.push({ url, part_number, etag: "" });
    }
    const complete = { path: "model.bin", upload_id: upload.upload_id, parts };
    await this.send("POST", `${base}/mpu/complete/${folder}`, { body: complete });
    const found = await this.send<{ url: string }>("GET", `${base}/presigned/${folder}/model.bin`);
    if (found) await this.send("GET", found.url);
    await this.send("GET", `${base}/artifacts?path=${encodeURIComponent(folder)}`);
  }

  private async useModel({ id, folder }: Run): Promise<void> {
    const source = `mlflow-artifacts:/${folder}`;
    await this.mlflow("model-versions/create", { name: model, source, run_id: id });
    await this.get(`mlflow/model-versions/search?max_results=10&filter=${encodeURIComponent(`name='${model}'`)}`);
  }

  private async trace(): Promise<void> {
    const traceId = randomUUID().replaceAll("-", "");
    const span = {
      traceId,
      spanId: traceId.slice(0, 16),
      parentSpanId: "",
      name: "call",
      ...spanTimes,
      attributes: [],
    };
    const headers = { "x-mlflow-experiment-id": "0" };
    await this.send("POST", "/v1/traces", { headers, body: { resourceSpans: [{ scopeSpans: [{ spans: [span] }] }] } });
    const locations = [{ type: "MLFLOW_EXPERIMENT", mlflow_experiment: { experiment_id: "0" } }];
    await this.send("POST", "/api/3.0/mlflow/traces/search", { body: { locations, max_results: 10 } });
  }

  private mlflow<T>(path: string, body: object): Promise<T | undefined> {
    return this.send<T>("POST", `/api/2.0/mlflow/${path}`, { body });
  }

  private get(path: string): Promise<unknown> {
    return this.send("GET", `/api/2.0/${path}`);
  }

  /** Undefined where it has failed, or has no JSON. */
  private async send<T>(method: string, path: string, { headers, body }: Sent = {}): Promise<T | undefined> {
    const isOwn = path.startsWith("/");
    const json = typeof body === "object";
    this.requests++;
    try {
      const response = await fetch(isOwn ? this.url + path : path, {
        method,
        headers: { ...headers, ...(json && { "content-type": "application/json" }) },
        ...(body !== undefined && { body: json ? JSON.stringify(body) : body }),
        signal: AbortSignal.timeout(patience),
      });
      const text = await response.text();
      if (!response.ok) this.note(`${method} ${isOwn ? path : "storage"}: ${response.status} ${text}`);
      else if (isOwn) return JSON.parse(text || "{}") as T;
    } catch (error) {
      this.note(`${method} ${isOwn ? path : "storage"}: ${error}`);
    }
    return undefined;
  }

  private note(failure: string): void {
    const masked = failure.replaceAll(/[0-9a-f]{16,}/g, "<id>").slice(0, 200);
    this.errors.set(masked, (this.errors.get(masked) ?? 0) + 1);
  }
}
