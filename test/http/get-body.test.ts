import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type App, startApp } from "../support/app.ts";
import { send } from "../support/raw.ts";

let app: App;
beforeAll(async () => {
  app = await startApp();
  for (const name of ["one", "two"]) await app.post("/api/2.0/mlflow/registered-models/create", { name });
});
afterAll(() => app.close());

async function getWithBody(target: string, body: string, headers = `Content-Length: ${Buffer.byteLength(body)}\r\n`) {
  const head = `GET /api/2.0/mlflow/${target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n${headers}\r\n`;
  const answer = await send(app.url, head + body);
  const status = Number(answer.split(" ")[1]);
  const json = JSON.parse(/\{.*\}/s.exec(answer.slice(answer.indexOf("\r\n\r\n")))![0]);
  return { status, json };
}

const named = (name: string) => JSON.stringify({ name });

describe("a GET with a body", () => {
  it("is answered by it where there is no query", async () => {
    const search = await getWithBody("registered-models/search", JSON.stringify({ filter: "name = 'two'" }));
    expect(search.json.registered_models.map(({ name }: { name: string }) => name)).toEqual(["two"]);
    const versions = await getWithBody("model-versions/search", JSON.stringify({ filter: "name = 'nope'" }));
    expect(versions).toMatchObject({ status: 200, json: {} });
    expect((await getWithBody("registered-models/get", named("one"))).json.registered_model.name).toBe("one");
    expect((await getWithBody("registered-models/get", JSON.stringify(named("one")))).status).toBe(200);
  });

  it("is answered by its query where it has one", async () => {
    const { json } = await getWithBody("registered-models/get?name=two", named("one"));
    expect(json.registered_model.name).toBe("two");
    const other = await getWithBody("registered-models/get?other=1", named("one"));
    expect(other).toMatchObject({ status: 400, json: { message: expect.stringContaining("'name'") } });
  });

  it("counts as empty where it is no JSON, whatever its type", async () => {
    const plain = `Content-Type: text/plain\r\nContent-Length: ${named("one").length}\r\n`;
    expect((await getWithBody("registered-models/get", named("one"), plain)).status).toBe(200);
    const broken = await getWithBody("registered-models/get", '{"name": "one');
    expect(broken).toMatchObject({ status: 400, json: { message: expect.stringContaining("'name'") } });
  });

  it("is refused where it comes in chunks, which the host drops, and where it is too large", async () => {
    const chunked = await getWithBody(
      "registered-models/get",
      "3\r\n{} \r\n0\r\n\r\n",
      "Transfer-Encoding: chunked\r\n",
    );
    expect(chunked.status).toBe(411);
    expect((await getWithBody("registered-models/get", named("x".repeat(9 * 2 ** 20)))).status).toBe(413);
    expect((await getWithBody("registered-models/get", "[1]")).status).toBe(400);
  });

  it("says nothing in the log", () => {
    expect(app.lines.filter((line) => line.includes("Discarding the body"))).toEqual([]);
  });
});
