import { randomUUID } from "node:crypto";
import type { z } from "zod";
import { invalid, MlflowError } from "../../shared/platform/errors.ts";
import type { Context } from "../../shared/platform/http/route.ts";
import { shown } from "../../shared/platform/shown.ts";
import { randomName } from "../../shared/runs/random-name.ts";
import * as store from "../../shared/runs/store.ts";
import type { CreateRun } from "./schemas.ts";

export async function createRun(input: z.output<typeof CreateRun>, { db }: Context) {
  const { tags } = input;
  // Stock's statement fails without an experiment.
  if (!input.experiment_id) throw new MlflowError("BAD_REQUEST", "A run needs an experiment_id.");
  const tagName = tags.find((tag) => tag.key === store.runNameTag)?.value;
  if (input.run_name && tagName && input.run_name !== tagName)
    throw invalid(
      "Both 'run_name' argument and 'mlflow.runName' tag are specified, but with different values " +
        `(run_name='${shown(input.run_name)}', mlflow.runName='${shown(tagName)}').`,
    );
  const name = input.run_name || tagName || randomName();
  return store.createRun(db, {
    runId: randomUUID().replaceAll("-", ""),
    experimentId: input.experiment_id,
    userId: input.user_id ?? "",
    startTime: input.start_time ?? 0,
    name,
    tags: tagName ? tags : [...tags, { key: store.runNameTag, value: name }],
  });
}
