import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { aRun, theRun } from "../factories.ts";
import { type Answer, type App, startApp } from "../support/app.ts";
import { send } from "../support/raw.ts";
import { type Target, targets } from "./requests.ts";

let app: App;
let all: Target[];
beforeAll(async () => {
  app = await startApp();
  all = (await targets()).filter(({ route }) => route.method !== "GET" && !route.binary);
});
afterAll(() => app.close());

const mlflow = "/api/2.0/mlflow";
const headers = { "content-type": "application/json" };
const raw = (path: string, body: string): Promise<Answer> => app.request("POST", path, { body, headers });

describe("a JSON body that is too much", () => {
  it.each([500_000, 2_000_000])("is refused by its number of values: %i empty metrics", async (count) => {
    const metrics = `[${"{},".repeat(count - 1)}{}]`;
    const answer = await raw(`${mlflow}/runs/log-batch`, `{"run_id": "${"0".repeat(32)}", "metrics": ${metrics}}`);
    expect(answer).toMatchObject({ status: 400, body: { error_code: "INVALID_PARAMETER_VALUE" } });
    expect(answer.body.message).toContain("more than 100000 values");
  });

  it("is refused by its size", async () => {
    const answer = await raw(`${mlflow}/runs/set-tag`, JSON.stringify({ value: "a".repeat(9_000_000) }));
    expect(answer).toMatchObject({ status: 413, body: { error_code: "INVALID_PARAMETER_VALUE" } });
  });

  it("is refused by the first item that is wrong", async () => {
    const metrics = [{ key: "a", value: 1, timestamp: 1 }, {}, { key: 5 }];
    const answer = await app.post(`${mlflow}/runs/log-batch`, { run_id: "0".repeat(32), metrics });
    expect(answer.body.message).toContain("Missing value for required parameter 'metrics[1].key'");
  });

  it("is not JSON, and counts as empty, with 80 KB of escapes behind a NaN", async () => {
    const answer = await raw(`${mlflow}/runs/log-metric`, `{"value": NaN, "key": "${'\\"'.repeat(40_000)}`);
    expect(answer.status).toBe(400);
    expect(answer.body.message).toContain("Missing value for required parameter 'run_id'");
  });

  it("may be a full batch, every character escaped", async () => {
    const run_id = await aRun(app);
    const long = (length: number) => "é".repeat(length);
    const body = JSON.stringify({
      run_id,
      metrics: Array.from({ length: 800 }, (_, step) => ({ key: long(250), value: 0.5, timestamp: 1, step })),
      params: Array.from({ length: 100 }, (_, index) => ({ key: `${long(240)}${index}`, value: long(6000) })),
      tags: Array.from({ length: 100 }, (_, index) => ({ key: `${long(240)}${index}`, value: long(8000) })),
    }).replaceAll("é", "\\u00e9");
    expect(body.length).toBeGreaterThan(9_000_000);
    expect((await raw(`${mlflow}/runs/log-batch`, body)).status).toBe(200);
    const { data } = await theRun(app, run_id);
    expect(data.params).toHaveLength(100);
    expect(data.params[0].value).toBe(long(6000));
  });

  it("may be a dataset with a profile of 16 MB, its quotes escaped", async () => {
    const profile = JSON.stringify({ rows: '"'.repeat(8_000_000) }).slice(0, 16_777_215);
    const dataset = { name: "d", digest: "1", source_type: "local", source: "{}", profile };
    const run_id = await aRun(app);
    const answer = await app.post(`${mlflow}/runs/log-inputs`, { run_id, datasets: [{ dataset, tags: [] }] });
    expect(answer.status).toBe(200);
  });
});

describe("a JSON body in chunks, which the host drops", () => {
  const chunked = (method: string, path: string) =>
    send(
      app.url,
      `${method} ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\n` +
        "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
    );

  it("is refused by every route that reads one", async () => {
    expect(all.length).toBeGreaterThan(40);
    for (const { route, path } of all) {
      const filled = path.replace(/\*\*:\w+|:\w+/g, "x");
      const answer = await chunked(route.method, filled);
      const [status, code] = route.may.onlySignedIn ? [404, "ENDPOINT_NOT_FOUND"] : [411, "INVALID_PARAMETER_VALUE"];
      expect(answer, `${route.method} ${path}`).toContain(`HTTP/1.1 ${status} `);
      expect(answer).toContain(`"error_code":"${code}"`);
    }
  });

  it("does not concern a GET, nor a POST without a body", async () => {
    expect(await chunked("GET", `${mlflow}/experiments/get?experiment_id=0`)).toMatch(/^HTTP\/1.1 200/);
    const empty = await send(
      app.url,
      `POST ${mlflow}/runs/search HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\n\r\n`,
    );
    expect(empty).toMatch(/^HTTP\/1.1 200/);
  });
});
