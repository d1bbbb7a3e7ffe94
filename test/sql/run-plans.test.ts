import type pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { SearchRuns } from "../../functions/runs/schemas.ts";
import { searchRuns } from "../../functions/runs/search.ts";
import { dropSearchIndexes, makeSearchIndexes } from "../../shared/mlflow/schema/search-indexes.ts";
import { defaultScope } from "../../shared/platform/db/scope.ts";
import type { Sql } from "../../shared/platform/db/sql.ts";
import type { Context } from "../../shared/platform/http/route.ts";
import { Facts } from "../../shared/platform/identity/facts.ts";
import { aFilledClient, preparedPlanOf, readWhole, sentBy } from "../support/plans.ts";

const large = ["runs", "latest_metrics", "params", "tags"];

/**
 * 40,000 runs, half of them in experiment 1, the others in 199 more. Values of a metric or a param that many runs have,
 * metrics that are NaN or that few runs have, and params too long for an index.
 */
const fill = `
  INSERT INTO experiments (experiment_id, name, artifact_location, lifecycle_stage, workspace)
  SELECT n, 'large-' || n, '', 'active', 'default' FROM generate_series(1, 200) n;
  INSERT INTO runs (run_uuid, name, source_type, source_name, entry_point_name, user_id, status, start_time, source_version,
    lifecycle_stage, artifact_uri, experiment_id)
  SELECT md5(n::text), 'run-' || n, 'UNKNOWN', '', '', 'u', 'FINISHED', n / 3, '', CASE WHEN n % 50 = 7 THEN 'deleted' ELSE 'active' END, '',
    CASE WHEN n % 2 = 0 THEN 1 ELSE 2 + n / 2 % 199 END FROM generate_series(1, 40000) n;
  CREATE TEMPORARY TABLE numbered AS SELECT n, md5(n::text) AS run_uuid FROM generate_series(1, 40000) n;
  INSERT INTO latest_metrics (key, value, timestamp, step, is_nan, run_uuid)
  SELECT 'loss', n * 7919 % 20011 / 20011.0, 0, 1, false, run_uuid FROM numbered UNION ALL
  SELECT 'ties', n % 4, 0, 1, false, run_uuid FROM numbered UNION ALL
  SELECT 'holes', CASE WHEN n % 12 = 0 THEN 0 ELSE n * 31 % 1009 END, 0, 1, n % 12 = 0, run_uuid FROM numbered WHERE n % 3 = 0 UNION ALL
  SELECT 'rare', n, 0, 1, false, run_uuid FROM numbered WHERE n % 1000 = 0 UNION ALL
  SELECT 'rarest', n, 0, 1, false, run_uuid FROM numbered WHERE n % 5000 = 0;
  INSERT INTO params (key, value, run_uuid)
  SELECT 'p', (n % 100)::text, run_uuid FROM numbered UNION ALL
  SELECT 'seed', n::text, run_uuid FROM numbered UNION ALL
  SELECT 'half', (n % 2)::text, run_uuid FROM numbered UNION ALL
  SELECT 'code', CASE WHEN n <= 14000 THEN 'old' ELSE 'new' END, run_uuid FROM numbered UNION ALL
  SELECT 'doc', CASE WHEN n % 500 = 0 THEN repeat('z', 300) || n ELSE 'd' || n % 1000 END, run_uuid FROM numbered;
  INSERT INTO tags (key, value, run_uuid)
  SELECT 'mlflow.runName', 'run-' || n, run_uuid FROM numbered UNION ALL
  SELECT 'team', 'team-' || n % 7, run_uuid FROM numbered`;

const others = Array.from({ length: 199 }, (_, index) => String(index + 2));

/** Filters and orders, and the way that a search takes with the indexes. */
const searches: [asked: { filter?: string; order_by?: string[]; experiment_ids?: string[] }, way: string][] = [
  [{ filter: "metrics.loss > 0.999" }, "ids"],
  [{ filter: "metrics.loss > 0.9" }, "among"],
  [{ filter: "metrics.loss > 0.1" }, "scope"],
  [{ filter: "metrics.loss != 0.5" }, "none"],
  [{ filter: "params.p = '38'" }, "ids"],
  [{ filter: "params.half = '0'" }, "scope"],
  [{ filter: "params.half = '0' AND params.seed = '500'" }, "ids"],
  [{ filter: "params.p = '38' AND metrics.loss > 0.5" }, "ids"],
  [{ filter: "tags.team = 'team-3' AND params.p = '38'" }, "ids"],
  [{ filter: "params.p LIKE '3%'" }, "none"],
  [{ filter: `params.doc = '${"z".repeat(300)}500'` }, "none"],
  [{ filter: "tags.team = 'team-3'" }, "among"],
  [{ filter: "tags.team IS NULL" }, "none"],
  [{ filter: "attributes.run_name = 'run-778'" }, "ids"],
  [{ filter: "params.p = 'none'" }, "ids"],
  [{ filter: "metrics.loss > 0.999", order_by: ["metrics.holes DESC"] }, "ids"],
  [{ filter: "tags.team = 'team-3'", order_by: ["attributes.end_time", "params.p DESC"] }, "among"],
  [{ order_by: ["metrics.loss DESC"] }, "walk"],
  [{ order_by: ["metrics.loss"] }, "walk"],
  [{ order_by: ["metrics.ties DESC", "metrics.loss"] }, "walk"],
  [{ order_by: ["metrics.holes"] }, "walk"],
  [{ order_by: ["metrics.rare DESC"] }, "walk"],
  [{ order_by: ["metrics.rarest DESC"] }, "scope"],
  [{ order_by: ["metrics.missing DESC"] }, "scope"],
  [{ order_by: ["params.p", "metrics.loss DESC"] }, "walk"],
  [{ order_by: ["params.doc DESC"] }, "scope"],
  [{ order_by: ["tags.team DESC"] }, "walk"],
  [{ order_by: ["attributes.start_time", "metrics.loss"] }, "none"],
  [{ filter: "metrics.loss > 0.5", order_by: ["metrics.holes DESC"] }, "walk"],
  [{ filter: "params.half = '1'", order_by: ["metrics.loss DESC"] }, "scope"],
  [{ filter: "params.p = '37'", experiment_ids: others }, "ids"],
  [{ filter: "tags.team = 'team-3'", experiment_ids: others }, "ids"],
  [{ filter: "metrics.loss > 0.1", experiment_ids: ["5"] }, "scope"],
  [{ experiment_ids: ["1", ...others] }, "none"],
  [{ filter: "params.code = 'old'" }, "scope"],
  [{ filter: "params.p LIKE '3%'", experiment_ids: ["1", "5", "6"] }, "none"],
  [{ filter: "params.code = 'old' AND params.half = '0' AND params.p = '38'" }, "ids"],
  [{ filter: "params.code = 'old'", order_by: ["attributes.start_time"] }, "scope"],
  [{ filter: "metrics.loss > 0.1", experiment_ids: ["1", ...others] }, "scope"],
  [{ filter: "tags.team = 'team-3'", order_by: ["attributes.end_time"], experiment_ids: ["1", ...others] }, "ids"],
];

/** Searches that a first look does not end, and the way of the second with the indexes. */
const farther: [asked: (typeof searches)[number][0], way: string][] = [
  [{ filter: "params.code = 'old'" }, "ids"],
  [{ filter: "metrics.loss > 0.1", experiment_ids: ["1", ...others] }, "ids"],
  [{ order_by: ["metrics.missing"], experiment_ids: ["1", ...others] }, "scope"],
  [{ order_by: ["params.code"], experiment_ids: ["1", ...others] }, "walk"],
];

let client: pg.Client;
let drop: () => Promise<void>;

beforeAll(async () => {
  ({ client, drop } = await aFilledClient(large, fill));
}, 300_000);

afterAll(() => drop());

const parsed = (asked: object) => SearchRuns.parse({ experiment_ids: ["1"], max_results: 20, ...asked });

const statementOf = (asked: object, facts = new Facts()) =>
  sentBy((context) => searchRuns(parsed(asked), { ...context, facts }));

/** The runs that a search answers with, and the statements that it sent. */
async function searched(asked: object, facts = new Facts()): Promise<{ runs: string[]; sent: Sql[] }> {
  const sent: Sql[] = [];
  const query = async (statement: Sql) => {
    sent.push(statement);
    return (await client.query(statement)).rows;
  };
  const context = { db: { query, scope: defaultScope }, facts } as unknown as Context;
  const answer = Buffer.from((await searchRuns(parsed(asked), context)).bytes()).toString();
  const { runs = [] }: { runs?: { info: { run_id: string } }[] } = JSON.parse(answer);
  return { runs: runs.map(({ info }) => info.run_id), sent };
}

const found = async (asked: object, facts?: Facts) => (await searched(asked, facts)).runs;

/** The first page, the second, and one that is farther away. */
const pages = (asked: object) =>
  Promise.all([0, 20, 600].map((offset) => found({ ...asked, page_token: token(offset) })));
const token = (offset: number) => (offset ? Buffer.from(JSON.stringify({ offset })).toString("base64") : undefined);

const name = (asked: object) => JSON.stringify(asked).slice(0, 110);

describe("a small experiment", () => {
  const known = new Facts();
  known.note("small", "5/ACTIVE_ONLY", "yes");

  const inOrder = searches.flatMap(([asked]) => ({ ...asked, order_by: asked.order_by ?? ["metrics.holes"] }));
  const odd = ["params.none IS NULL", "tags.team IS NOT NULL AND metrics.holes != 3", "attributes.run_id != 'a'"];
  const short = [
    ...searches.map(([asked]) => asked),
    ...inOrder,
    ...odd.map((filter) => ({ filter, order_by: ["params.p DESC"] })),
  ];

  it.each(short.map((asked) => [name(asked), { ...asked, experiment_ids: ["5"] }] as const))(
    "has the same runs by the short statement: %s",
    async (_name, asked) => {
      expect((await statementOf(asked, known)).text).not.toContain("way AS MATERIALIZED");
      expect(await found(asked, known)).toEqual(await found(asked));
    },
  );

  it.each([{}, { filter: "attributes.status = 'FINISHED'" }, { filter: "metrics.loss > 0.1" }])(
    "has no runs of others in all stages: %j",
    async (asked) => {
      const known = new Facts();
      known.note("small", "5/ALL", "yes");
      const all = { ...asked, experiment_ids: ["5"], run_view_type: "ALL" };
      expect(await found(all, known)).toEqual(await found(all));
      expect(await found({ ...all, page_token: token(60) }, known)).toEqual(
        await found({ ...all, page_token: token(60) }),
      );
    },
  );

  const ordered = {
    experiment_ids: ["5"],
    filter: "metrics.loss > 0.1 AND params.half = '1' AND tags.team != 'team-3' AND attributes.status = 'FINISHED'",
    order_by: ["metrics.holes"],
  };

  it.each(["force_custom_plan", "force_generic_plan"] as const)(
    "%s: asks each clause once, of all runs that are left by those before it",
    async (mode) => {
      const plan = await preparedPlanOf(client, mode, await statementOf(ordered, known), "ANALYZE, ");
      const asked = plan.filter((node) => /run_uuid.*ANY/.test(node["Index Cond"] ?? ""));
      expect(asked.map((node) => [node["Index Name"], node["Actual Loops"]])).toEqual([
        ["param_pk", 1],
        ["latest_metric_pk", 1],
        ["tag_pk", 1],
      ]);
      expect(readWhole(plan, large)).toEqual([]);
    },
  );

  it("is known by what a search answered", async () => {
    const facts = new Facts();
    for (const id of ["1", "5"]) await found({ experiment_ids: [id], filter: "metrics.loss > 0.1" }, facts);
    expect(facts.get("small", "5/ACTIVE_ONLY")).toBe("yes");
    expect(facts.get("small", "1/ACTIVE_ONLY")).toBeUndefined();
  });

  it("is known where nothing was found", async () => {
    const facts = new Facts();
    expect(await found({ experiment_ids: ["5"], filter: "metrics.loss > 7" }, facts)).toEqual([]);
    expect(facts.get("small", "5/ACTIVE_ONLY")).toBe("yes");
  });
});

describe("searches of 20,000 runs", () => {
  const without = new Map<string, string[][]>();
  const asked = searches.map(([asked, way]) => [name(asked), asked, way] as const);

  it("look at each run where the optional indexes are missing", async () => {
    for (const [name, search] of asked) without.set(name, await pages(search));
    expect([...without.values()].filter(([first]) => first!.length === 20).length).toBeGreaterThan(20);
  });

  it.each([
    ["experiments", { experiment_ids: ["1", ...others] }, ["active"]],
    ["stages", { run_view_type: "ALL" }, ["active", "deleted"]],
  ])("merge the newest of several %s", async (_, search, stages) => {
    const ids = parsed(search).experiment_ids;
    for (const offset of [0, 20, 600]) {
      const { rows } = await client.query<{ run_uuid: string }>(
        `SELECT run_uuid FROM runs WHERE experiment_id = ANY($1) AND lifecycle_stage = ANY($2)
         ORDER BY start_time DESC, run_uuid OFFSET $3 LIMIT 20`,
        [ids, stages, offset],
      );
      expect(await found({ ...search, page_token: token(offset) })).toEqual(rows.map(({ run_uuid }) => run_uuid));
    }
  });

  describe("with the optional indexes", () => {
    beforeAll(async () => {
      const made = await makeSearchIndexes(client, () => {});
      expect(made.every(({ bytes, milliseconds }) => bytes > 0 && milliseconds !== undefined)).toBe(true);
    }, 120_000);

    describe.each([
      ["without statistics", async () => {}],
      ["with statistics", async () => void (await client.query("ANALYZE"))],
    ])("%s", (_, prepare) => {
      beforeAll(prepare);

      it.each(asked)("find the same: %s", async (name, search) => {
        expect(await pages(search)).toEqual(without.get(name));
      });

      it.each(asked)("go the way that takes least: %s", async (_name, search, way) => {
        expect(await wayOf(await statementOf(search))).toBe(way);
      });

      it.each(farther.map(([asked, way]) => [name(asked), asked, way] as const))(
        "look farther where a first look ends without a page: %s",
        async (_name, search, way) => {
          const { sent } = await searched(search);
          expect(sent).toHaveLength(2);
          expect(await wayOf(sent[1]!)).toBe(way);
        },
      );

      describe.each(["force_custom_plan", "force_generic_plan"] as const)("%s", (mode) => {
        it.each(asked.filter(([, , way]) => /ids|walk/.test(way)))(
          "no large table is read whole: %s",
          async (_name, search) => {
            expect(
              readWhole(await preparedPlanOf(client, mode, await statementOf(search), "ANALYZE, "), large),
            ).toEqual([]);
          },
        );
      });
    });

    it("are dropped again", async () => {
      expect(await dropSearchIndexes(client)).toHaveLength(10);
      expect(await dropSearchIndexes(client)).toEqual([]);
    });
  });
});

/** Which of the ways a search takes: the only one of which anything is executed. */
async function wayOf({ text, values }: Sql): Promise<string> {
  if (!text.includes("way AS MATERIALIZED")) return "none";
  const [head] = text.split("SELECT CASE WHEN place");
  const { rows } = await client.query<{ taken: string }>(
    `${head} SELECT taken FROM way`,
    values.slice(0, count(head!)),
  );
  return rows[0]!.taken;
}

const count = (text: string) => Math.max(0, ...[...text.matchAll(/\$(\d+)/g)].map(([, number]) => Number(number)));
