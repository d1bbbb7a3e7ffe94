import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type App, startApp } from "../support/app.ts";
import { aTrace } from "../trace-factories.ts";
import { sendSpans } from "../traces/otlp-bodies.ts";

let app: App;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.close());

describe("spans that unpack to very much", () => {
  it.each([
    ["as many empty messages", "0a00", 413],
    ["fields with the wire type of a group", "0b", 400],
    ["messages with the wire type of a group", "0b00", 400],
    ["messages with that of a number", "0800", 400],
    ["messages longer than those that they lie in", "0a021201", 400],
  ])("are refused before they are built: %s", async (_, unit, status) => {
    const body = gzipSync(Buffer.alloc(20_000_000, Buffer.from(unit, "hex")));
    const headers = { "content-type": "application/x-protobuf", "content-encoding": "gzip" };
    expect((await sendSpans(app, "0", body, headers)).status).toBe(status);
  });

  it("are refused where an id is far too long", async () => {
    const span = { traceId: "ab".repeat(2_000_000), spanId: "1".repeat(16), name: "n" };
    const { status } = await sendSpans(app, "0", { resourceSpans: [{ scopeSpans: [{ spans: [span] }] }] });
    expect(status).toBe(400);
  });
});

describe("an assessment", () => {
  it("is refused where its value in JSON holds too many values", async () => {
    const value = `[${"1,".repeat(150_000)}1]`;
    const expectation = { serialized_value: { serialization_format: "JSON_FORMAT", value } };
    const path = `/api/3.0/mlflow/traces/${await aTrace(app)}/assessments`;
    const { status, body } = await app.post(path, { assessment: { assessment_name: "a", expectation } });
    expect(status).toBe(400);
    expect(body.message).toContain("more than 100000 values");
  });

  it("is not changed by a mask that is longer than all names", async () => {
    const path = `/api/3.0/mlflow/traces/${await aTrace(app)}/assessments/a-1`;
    const answer = await app.request("PATCH", path, {
      body: JSON.stringify({ assessment: {}, update_mask: "A".repeat(4_000_000) }),
      headers: { "content-type": "application/json" },
    });
    expect(answer.status).toBe(400);
    expect(answer.body.message).toContain("'update_mask'");
    expect(Buffer.byteLength(answer.text)).toBeLessThan(4096);
  });
});
