import type { z } from "zod";
import type { Context } from "../../shared/platform/http/route.ts";
import * as store from "../../shared/runs/inputs.ts";
import { checkDatasetInput, checkRunId, type DatasetInput } from "../../shared/runs/rules.ts";
import type { LogInputs, LogOutputs } from "./input-schemas.ts";

export async function logInputs(input: z.output<typeof LogInputs>, { db }: Context) {
  checkRunId(input.run_id);
  const datasets = input.datasets.map(datasetInput);
  for (const dataset of datasets) checkDatasetInput(dataset);
  await store.logInputs(db, input.run_id, { datasets, modelIds: input.models.map((model) => model.model_id ?? "") });
  return {};
}

/** Members that are not given become the empty text; schema and profile stay absent. */
function datasetInput({ dataset, tags }: z.output<typeof LogInputs>["datasets"][number]): DatasetInput {
  const { name = "", digest = "", source_type = "", source = "", schema, profile } = dataset ?? {};
  return { name, digest, source_type, source, schema, profile, tags };
}

export async function logOutputs(input: z.output<typeof LogOutputs>, { db }: Context) {
  const models = input.models.map(({ model_id: modelId = "", step = 0 }) => ({ modelId, step }));
  await store.logOutputs(db, input.run_id, models);
  return {};
}
