import type { Db } from "../../shared/db/database.ts";
import { sql } from "../../shared/db/sql.ts";
import { invalid } from "../../shared/http/errors.ts";
import { parseJson } from "../../shared/http/json.ts";
import { searchAnswer } from "../../shared/search/answer.ts";
import { modelVersionsOrderBy } from "../../shared/search/model-versions.ts";
import { decodePageToken } from "../../shared/search/page-token.ts";
import { runsFilter, runsOrderBy } from "../../shared/search/runs.ts";
import * as experiments from "../../shared/store/experiments.ts";
import * as metrics from "../../shared/store/metrics.ts";
import * as versions from "../../shared/store/model-versions.ts";
import * as runSearch from "../../shared/store/run-search.ts";
import * as runs from "../../shared/store/runs.ts";
import { parseExperimentIds } from "../../shared/validation.ts";
import { ExperimentInput, IntervalInput, RunInput, SearchRunsInput } from "./schemas.ts";

/** An answer of the REST API, int64 exact; its members keep their names. */
export type Entity = Record<string, unknown>;

const entity = (json: string) => parseJson(json) as Entity;

export async function getExperiment(input: unknown, db: Db): Promise<Entity> {
  return entity(await experiments.getExperiment(db, ExperimentInput.parse(input).experiment_id ?? ""));
}

export async function getRun(input: unknown, db: Db): Promise<Entity> {
  const { run_id: id, run_uuid: olderId } = RunInput.parse(input);
  return entity(await runs.getRun(db, id || olderId || ""));
}

export async function searchRuns(input: unknown, db: Db): Promise<Entity> {
  const asked = SearchRunsInput.parse(input);
  const limit = asked.max_results ?? 1000;
  if (limit < 1 || limit > 50_000) throw invalid(`max_results must be between 1 and 50000, got ${limit}.`);
  const { offset } = decodePageToken(asked.page_token);
  const found = await runSearch.searchRuns(db, {
    experimentIds: parseExperimentIds(asked.experiment_ids),
    view: asked.run_view_type ?? "ACTIVE_ONLY",
    where: runsFilter(asked.filter),
    ...runsOrderBy(asked.order_by),
    limit,
    offset,
  });
  return entity(searchAnswer("runs", found.runs, found.more ? offset + limit : undefined));
}

const maxRuns = 100;
const maxPoints = 2500;

export async function getMetricHistories(input: unknown, db: Db): Promise<Entity> {
  const {
    run_ids: runIds,
    metric_key: key = "",
    max_results: limit = maxPoints,
    ...steps
  } = IntervalInput.parse(input);
  if (runIds.length > maxRuns)
    throw invalid(`GetMetricHistoryBulkInterval request must specify at most ${maxRuns} run_ids.`);
  if (limit < 1 || limit > maxPoints) throw invalid(`max_results must be between 1 and ${maxPoints}.`);
  const { start_step: start, end_step: end } = steps;
  const interval = start === undefined || end === undefined ? undefined : { start: `${start}`, end: `${end}` };
  return entity(`{"metrics":${(await metrics.sampleHistories(db, runIds, key, limit, interval)) ?? "[]"}}`);
}

/** The model versions made from each of these runs. */
export async function versionsOfRuns(runIds: readonly string[], db: Db): Promise<Entity[]> {
  const where = sql`mv.run_id = ANY(${runIds}::text[])`;
  const found = await versions.searchModelVersions(db, {
    where,
    ...modelVersionsOrderBy([]),
    limit: 200_000,
    offset: 0,
  });
  return found.versions === null ? [] : (parseJson(found.versions) as Entity[]);
}
