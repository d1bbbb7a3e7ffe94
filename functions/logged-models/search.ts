import type { z } from "zod";
import { refuseAsking } from "../../shared/access/rules.ts";
import { parseExperimentIds } from "../../shared/experiments/rules.ts";
import * as store from "../../shared/logged-models/search-store.ts";
import { checkPageSize } from "../../shared/mlflow/rules.ts";
import { pageAnswer } from "../../shared/mlflow/search/answer.ts";
import { decodeLoggedModelsToken, encodeLoggedModelsToken, readAfter } from "../../shared/mlflow/search/page-token.ts";
import type { Context } from "../../shared/platform/http/route.ts";
import type { SearchLoggedModels } from "./schemas.ts";

const defaultPage = 50;
// MLflow treats 0 as "not given", but does not apply the protocol's default to it.
const pageOfZero = 100;

export async function searchLoggedModels(input: z.output<typeof SearchLoggedModels>, { db }: Context) {
  refuseAsking(db, input.filter, "source_run_id", "run");
  const limit = checkPageSize((input.max_results ?? defaultPage) || pageOfZero);
  const datasets = input.datasets.map(({ dataset_name = "", dataset_digest }) => ({ dataset_name, dataset_digest }));
  const orderBy = input.order_by.map(({ field_name = "", ...rest }) => ({ field_name, ...rest }));
  const search = {
    experiment_ids: input.experiment_ids,
    filter_string: input.filter || null,
    order_by: orderBy.length > 0 ? orderBy : null,
  };
  const asked = { filter: input.filter, datasets };
  const { offset, experimentIds } = readAfter(
    () => store.checkFilter(asked),
    () => ({
      offset: decodeLoggedModelsToken(input.page_token, search),
      experimentIds: parseExperimentIds(input.experiment_ids),
    }),
  );
  const { models, more } = await store.searchLoggedModels(db, { ...asked, experimentIds, orderBy, limit, offset });
  return pageAnswer("models", models, more ? encodeLoggedModelsToken(search, offset + limit) : undefined);
}
