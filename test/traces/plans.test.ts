import type pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseConfig } from "../../shared/platform/config.ts";
import type { Db } from "../../shared/platform/db/database.ts";
import { defaultScope } from "../../shared/platform/db/scope.ts";
import type { Sql } from "../../shared/platform/db/sql.ts";
import { decode } from "../../shared/traces/otlp/decode.ts";
import { spansOf } from "../../shared/traces/spans/span.ts";
import { logSpans } from "../../shared/traces/spans/store.ts";
import { writesOf } from "../../shared/traces/spans/trace.ts";
import { aClient, planOf, readWhole } from "../support/plans.ts";
import { aRequest, aSpan } from "./otlp-bodies.ts";

let client: pg.Client;
let drop: () => Promise<void>;

beforeAll(async () => {
  ({ client, drop } = await aClient());
});

afterAll(() => drop());

/** Stores a span and answers the texts of the statements that were sent for it. */
async function statementsFor(span: object): Promise<string[]> {
  const texts: string[] = [];
  const query = async <Row extends object>({ text, values }: Sql) => {
    texts.push(text);
    return (await client.query<Row>(text, values)).rows;
  };
  const db: Db = { scope: defaultScope, query, text: () => Promise.reject(new Error("not used")) };
  const body = Buffer.from(JSON.stringify(aRequest([span as ReturnType<typeof aSpan>])));
  await logSpans(db, "0", writesOf(spansOf(decode(body, "application/json")), parseConfig({})), undefined);
  return texts;
}

const large = ["trace_info", "trace_tags", "spans", "trace_request_metadata"];
const usage = { "mlflow.chat.tokenUsage": '{"input_tokens": 1, "output_tokens": 2, "total_tokens": 3}' };

describe("the statements that store spans", () => {
  it("are one for a new trace, with tokens too", async () => {
    expect(await statementsFor(aSpan())).toHaveLength(1);
    expect(await statementsFor(aSpan({}, usage))).toHaveLength(1);
  });

  it("are one for a trace of which its own row decides, and two where other spans count, or the same is there", async () => {
    const first = aSpan();
    await statementsFor(first);
    expect(await statementsFor(aSpan({ traceId: first.traceId }))).toHaveLength(1);
    expect(await statementsFor(aSpan({ traceId: first.traceId }, usage))).toHaveLength(2);
    expect(await statementsFor(first)).toHaveLength(2);
  });

  it("read no table whole, though none has statistics", async () => {
    const first = aSpan({}, usage);
    const plain = aSpan();
    const sent = [first, aSpan(first, usage), plain, plain];
    const texts: string[] = [];
    for (const span of sent) texts.push(...(await statementsFor(span)));
    expect(texts).toHaveLength(6);
    for (const text of texts)
      expect(readWhole(await planOf(client, `EXPLAIN (GENERIC_PLAN, FORMAT JSON) ${text}`), large)).toEqual([]);
  });
});
