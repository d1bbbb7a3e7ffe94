import { invalid, missing } from "../platform/errors.ts";
import { shown } from "../platform/shown.ts";

/** What is refused about runs, in MLflow's words. */
export const runErrors = {
  notFound: (id: string) => missing(`Run with id=${shown(id)} not found`),

  /** A write to a deleted run. */
  notActive: (id: string, stage: string) =>
    invalid(`The run ${shown(id)} must be in the 'active' state. Current state is ${stage}.`),
};
