import { refuseAsking } from "../../shared/access/rules.ts";
import { listLocation } from "../../shared/artifacts/find.ts";
import { artifactPath } from "../../shared/artifacts/paths.ts";
import { runLocation } from "../../shared/artifacts/store.ts";
import { checkExperiment } from "../../shared/experiments/may.ts";
import { parseExperimentIds, parseSearchedExperiments } from "../../shared/experiments/rules.ts";
import * as experiments from "../../shared/experiments/store.ts";
import { metricErrors } from "../../shared/metrics/errors.ts";
import { sampleHistories } from "../../shared/metrics/sample-store.ts";
import { checkPageSize } from "../../shared/mlflow/rules.ts";
import { decodePageToken, encodePageToken } from "../../shared/mlflow/search/page-token.ts";
import * as versions from "../../shared/model-versions/store.ts";
import { invalid } from "../../shared/platform/errors.ts";
import type { Context } from "../../shared/platform/http/route.ts";
import { parseJson } from "../../shared/platform/json.ts";
import type { RegistrySearch } from "../../shared/registered-models/store.ts";
import * as inputs from "../../shared/runs/inputs.ts";
import { checkRuns } from "../../shared/runs/may.ts";
import * as runSearchStore from "../../shared/runs/search-store.ts";
import * as runs from "../../shared/runs/store.ts";
import type { Budget } from "./budget.ts";
import * as schemas from "./schemas.ts";

/** An answer of the REST API, int64 exact; its members keep their names. */
export type Entity = Record<string, unknown>;

/** What a query may use to read. Its `db` shows what the caller may read; what is named by id is checked here. */
export interface Source extends Pick<Context, "db" | "config" | "blobs" | "facts"> {
  budget: Budget;
}

function entity<T = Entity>(json: string, { budget }: Source): T {
  budget.takeRead(json);
  return parseJson(json) as T;
}

export async function getExperiment(input: unknown, source: Source): Promise<Entity> {
  const { experiment_id: id = "" } = schemas.ExperimentInput.parse(input);
  checkExperiment(source.db.scope.access, "read", id);
  return entity(await experiments.getExperiment(source.db, id), source);
}

export async function getRun(input: unknown, source: Source): Promise<Entity> {
  const { run_id: id, run_uuid: olderId } = schemas.RunInput.parse(input);
  const runId = id || olderId || "";
  await checkRuns("read", [runId], source);
  return entity(await runs.getRun(source.db, runId), source);
}

export async function listArtifacts(input: unknown, source: Source): Promise<Entity> {
  const { run_id: id, run_uuid: olderId, path = "" } = schemas.ListArtifactsInput.parse(input);
  const folder = artifactPath(path);
  const runId = id || olderId || "";
  await checkRuns("read", [runId], source);
  return entity(await listLocation(source, await runLocation(source.db, runId), folder), source);
}

export async function searchDatasets(input: unknown, source: Source): Promise<Entity> {
  const { experiment_ids: ids } = schemas.SearchDatasetsInput.parse(input);
  return entity(await inputs.searchDatasets(source.db, parseSearchedExperiments(ids)), source);
}

export async function searchRuns(input: unknown, source: Source): Promise<Entity> {
  const asked = schemas.SearchRunsInput.parse(input);
  const limit = checkPageSize(asked.max_results ?? 1000, 50_000);
  const { offset } = decodePageToken(asked.page_token);
  const search = {
    experimentIds: parseExperimentIds(asked.experiment_ids),
    view: asked.run_view_type ?? "ACTIVE_ONLY",
    filter: asked.filter,
    orderBy: asked.order_by,
  };
  return inPages("runs", { limit, offset }, source, async (page) => {
    const { runs, more } = await runSearchStore.searchRuns(source.db, { ...search, ...page });
    return { found: listOf(runs), more };
  });
}

export async function searchModelVersions(input: unknown, source: Source): Promise<Entity> {
  const asked = schemas.SearchModelVersionsInput.parse(input);
  refuseAsking(source.db, asked.filter, "run_id", "run");
  const limit = checkPageSize(Number(asked.max_results ?? maxVersions), maxVersions);
  const { offset } = decodePageToken(asked.page_token);
  return versionsInPages({ filter: asked.filter, orderBy: asked.order_by }, { limit, offset }, source);
}

const maxVersions = 200_000;

const versionsInPages = (
  search: Omit<RegistrySearch, keyof Page>,
  page: Page,
  source: Source,
  runIds?: readonly string[],
) =>
  inPages("model_versions", page, source, async (page) => {
    const { versions: found, more } = await versions.searchModelVersions(source.db, { ...search, ...page }, runIds);
    return { found, more };
  });

const listOf = (texts: readonly string[]) => `[${texts.join(",")}]`;

interface Page {
  limit: number;
  offset: number;
}

const pageSize = 1000;

/** Reads as many as requested, a thousand at a time, so that too large a request is refused early. */
async function inPages(
  name: string,
  { limit, offset }: Page,
  source: Source,
  read: (page: Page) => Promise<{ found: string | null; more: boolean }>,
): Promise<Entity> {
  const all: Entity[] = [];
  let more = true;
  while (more && all.length < limit) {
    const page = await read({ limit: Math.min(pageSize, limit - all.length), offset: offset + all.length });
    all.push(...entity<Entity[]>(page.found ?? "[]", source));
    more = page.more;
  }
  return { [name]: all, next_page_token: more ? encodePageToken(offset + limit) : undefined };
}

const maxRuns = 100;
const maxSampled = 2500;
const maxPoints = 50_000;

export async function getMetricHistories(input: unknown, source: Source): Promise<Entity> {
  const asked = schemas.IntervalInput.parse(input);
  const runIds = [...new Set(asked.run_ids)];
  const { metric_key: key = "", max_results: limit = maxSampled, start_step: start, end_step: end } = asked;
  if (runIds.length > maxRuns)
    throw invalid(`GetMetricHistoryBulkInterval request must specify at most ${maxRuns} run_ids.`);
  if (limit < 1 || limit > maxSampled) throw metricErrors.invalidSampleSize(maxSampled);
  const interval = start === undefined || end === undefined ? undefined : { start: `${start}`, end: `${end}` };
  await checkRuns("read", runIds, source);
  const found = await sampleHistories(source.db, runIds, key, { limit, interval, most: maxPoints + 1 });
  const points = entity<Entity[]>(listOf(found), source);
  if (points.length > maxPoints)
    throw invalid(`One answer can hold at most ${maxPoints} points. Ask for fewer runs, or set maxResults.`);
  return { metrics: points };
}

/** The experiments of these ids, in their order. */
export async function experimentsOf(ids: readonly string[], source: Source): Promise<(Entity | undefined)[]> {
  const all = entity<Entity[]>((await experiments.getExperiments(source.db, ids)) ?? "[]", source);
  const byId = new Map(all.map((experiment) => [experiment.experiment_id, experiment]));
  return ids.map((id) => byId.get(id));
}

/** The model versions that a search by `run_id` finds for each of these runs, in their order. */
export async function versionsOf(runIds: readonly string[], source: Source): Promise<Entity[][]> {
  const page = { limit: maxVersions, offset: 0 };
  const { model_versions: all } = await versionsInPages({ filter: undefined, orderBy: [] }, page, source, runIds);
  const byRun = new Map<unknown, Entity[]>(runIds.map((runId) => [runId, []]));
  for (const version of all as Entity[]) byRun.get(version.run_id)!.push(version);
  return runIds.map((runId) => byRun.get(runId)!);
}
