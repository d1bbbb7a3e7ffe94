/** Traces from several clients, as an exporter sends them: what has no answer, or a refusal, is sent again. */
import { randomBytes } from "node:crypto";
import pg from "pg";
import { pause } from "./load.ts";

type Outcome = "acknowledged" | "refused" | "unknown";

interface Write {
  trace: string;
  /** Of a span; the start of the trace has none. */
  span?: string;
  outcome: Outcome;
}

interface LoadOptions {
  /** The instances; requests go to each in turn. */
  urls: string[];
  /** Concurrent clients. */
  clients: number;
}

const patience = 60_000;
const maxTries = 6;
const tokensOfCall = 3;

/**
 * A load of traces: a root, of some traces two calls of models before it, each span a request by OTLP; and start-trace
 * beside the root. An exporter can't know whether a request without an answer was stored, so it sends it again.
 */
export class SpanLoad {
  readonly writes: Write[] = [];
  /** Requests that were sent again after 503 or without an answer. */
  repeated = 0;
  private readonly wrongAnswers = new Map<string, number>();
  private readonly ended = new AbortController();
  private readonly clients: Promise<void>[];
  private sent = 0;

  constructor(private readonly options: LoadOptions) {
    this.clients = Array.from({ length: options.clients }, () => this.client());
  }

  count(outcome: Outcome): number {
    return this.writes.filter((write) => write.outcome === outcome).length;
  }

  /** Resolves when `more` further writes were acknowledged, to true, or after `milliseconds`, to false. */
  async progress(more: number, milliseconds: number): Promise<boolean> {
    const goal = this.count("acknowledged") + more;
    for (let waited = 0; waited < milliseconds; waited += 20) {
      if (this.count("acknowledged") >= goal) return true;
      await pause(20);
    }
    return false;
  }

  /** Ends the load; what is under way is waited for. */
  async stop(): Promise<void> {
    this.ended.abort();
    await Promise.all(this.clients);
  }

  private async client(): Promise<void> {
    while (!this.ended.signal.aborted) {
      const trace = randomBytes(16).toString("hex");
      const root = randomBytes(8).toString("hex");
      // Later ones would not count: a start says that the client has given the totals.
      if (Math.random() < 0.5) await Promise.all([this.call(trace, root), this.call(trace, root)]);
      // The two race in the client too.
      await Promise.all([this.span(trace, root, "", []), this.start(trace)]);
    }
  }

  private call(trace: string, root: string): Promise<void> {
    const usage = JSON.stringify({ input_tokens: 1, output_tokens: tokensOfCall - 1, total_tokens: tokensOfCall });
    const attributes = [{ key: "mlflow.chat.tokenUsage", value: { stringValue: usage } }];
    return this.span(trace, randomBytes(8).toString("hex"), root, attributes);
  }

  private span(traceId: string, spanId: string, parentSpanId: string, attributes: object[]): Promise<void> {
    const times = { startTimeUnixNano: "1700000000000000000", endTimeUnixNano: "1700000001000000000" };
    const span = { traceId, spanId, parentSpanId, name: "fault", ...times, attributes };
    const body = { resourceSpans: [{ scopeSpans: [{ spans: [span] }] }] };
    return this.write({ trace: traceId, span: spanId }, "/v1/traces", body);
  }

  private start(trace: string): Promise<void> {
    const trace_info = {
      trace_id: `tr-${trace}`,
      trace_location: { type: "MLFLOW_EXPERIMENT", mlflow_experiment: { experiment_id: "0" } },
      request_time: "2023-11-14T22:13:20Z",
      state: "OK",
      trace_metadata: { fault: trace },
      tags: { fault: trace },
    };
    return this.write({ trace }, "/api/3.0/mlflow/traces", { trace: { trace_info } });
  }

  /** Sends a request until it is acknowledged, as exporters do. What was tried too often stays unknown or refused. */
  private async write(write: Omit<Write, "outcome">, path: string, body: object): Promise<void> {
    let outcome: Outcome = "refused";
    for (let attempt = 0; attempt < maxTries && outcome !== "acknowledged"; attempt++) {
      const { status, text } = await this.post(path, body);
      if (status === 200) outcome = "acknowledged";
      else if (status !== 429) outcome = "unknown";
      if (![200, 429, 503, 0].includes(status)) this.noteWrong(`${path} ${status} ${text.slice(0, 120)}`);
      if (status === 503 || status === 0) this.repeated++;
      if (status !== 200) await pause(100 * 2 ** attempt * Math.random());
    }
    this.writes.push({ ...write, outcome });
  }

  private async post(path: string, body: object): Promise<{ status: number; text: string }> {
    const { urls } = this.options;
    const signal = AbortSignal.timeout(patience);
    const headers = { "content-type": "application/json", "x-mlflow-experiment-id": "0" };
    try {
      const url = urls[this.sent++ % urls.length] + path;
      const response = await fetch(url, { method: "POST", body: JSON.stringify(body), headers, signal });
      return { status: response.status, text: await response.text() };
    } catch (error) {
      if (signal.aborted) this.noteWrong(`no answer after ${patience / 1000} s`);
      return { status: 0, text: String(error) };
    }
  }

  private noteWrong(answer: string): void {
    this.wrongAnswers.set(answer, (this.wrongAnswers.get(answer) ?? 0) + 1);
  }

  /** Looks up what was acknowledged, what was refused, and the totals of all traces. Says what is not so. */
  async check(databaseUri: string): Promise<string[]> {
    const client = new pg.Client({ connectionString: databaseUri });
    await client.connect();
    const problems = Array.from(this.wrongAnswers, ([answer, times]) => `${times} x ${answer}`);
    const of = (outcome: Outcome, isSpan: boolean) =>
      this.writes.filter((write) => write.outcome === outcome && (write.span !== undefined) === isSpan);
    const expect = async (what: string, statement: string, values: unknown[]) => {
      const { rows } = await client.query<{ wrong: number }>(statement, values);
      if (rows[0]!.wrong !== 0) problems.push(`${rows[0]!.wrong} ${what}`);
    };
    const columns = (writes: Write[]) => [writes.map(({ trace }) => `tr-${trace}`), writes.map(({ span }) => span)];
    await expect("acknowledged spans are not there once", spansOtherThan(1), columns(of("acknowledged", true)));
    await expect("refused spans are there", spansOtherThan(0), columns(of("refused", true)));
    await expect("acknowledged traces are not whole", brokenTraces, [
      of("acknowledged", false).map(({ trace }) => trace),
    ]);
    await expect("traces have totals, states or places other than their spans", wrongTotals, [tokensOfCall]);
    await client.end();
    return problems;
  }
}

const spansOtherThan = (
  times: number,
) => `SELECT count(*)::int AS wrong FROM unnest($1::text[], $2::text[]) AS w(trace, span)
  WHERE (SELECT count(*) FROM spans WHERE trace_id = trace AND span_id = span) <> ${times}`;

/** What start-trace gave: metadata and tags, each once. */
const brokenTraces = `SELECT count(*)::int AS wrong FROM unnest($1::text[]) id
  WHERE (SELECT count(*) FROM trace_request_metadata WHERE request_id = 'tr-' || id AND key = 'fault' AND value = id) <> 1
    OR (SELECT count(*) FROM trace_tags WHERE request_id = 'tr-' || id AND key = 'fault' AND value = id) <> 1
    OR (SELECT count(*) FROM trace_info WHERE request_id = 'tr-' || id) <> 1`;

/** Of each trace: the tokens of its calls, its state once it was started or its root came, and where its spans lie. */
const wrongTotals = `SELECT count(*)::int AS wrong FROM trace_info t, LATERAL (
    SELECT count(*) FILTER (WHERE parent_span_id IS NOT NULL) AS calls, count(*) FILTER (WHERE parent_span_id IS NULL) AS roots,
      count(*) AS spans FROM spans WHERE trace_id = t.request_id) s, LATERAL (
    SELECT count(*) FILTER (WHERE key = 'fault') AS started, count(*) FILTER (WHERE key = 'mlflow.trace.spansLocation') AS places
      FROM trace_tags WHERE request_id = t.request_id) g
  WHERE coalesce(t.total_tokens, 0) <> $1 * s.calls OR places <> least(spans, 1)
    OR (t.status = 'OK') <> (roots + started > 0)`;
