import { invalid, MlflowError, missing } from "../platform/errors.ts";
import { shown } from "../platform/shown.ts";

/** What is refused about experiments, in MLflow's words. */
export const experimentErrors = {
  notFound: (id: string) => missing(`No Experiment with id=${shown(id)} exists`),

  nameNotFound: (name: string) => missing(`Could not find experiment with name '${shown(name)}'`),

  alreadyExists: (name: string) =>
    new MlflowError("RESOURCE_ALREADY_EXISTS", `Experiment(name=${shown(name)}) already exists.`),

  /** A write to a deleted experiment. */
  notActive: (id: string, stage: string) =>
    invalid(`The experiment ${shown(id)} must be in the 'active' state. Current state is ${stage}.`),

  /** An id that is no number. */
  invalidId: (id: string) => invalid(`Invalid experiment ID '${shown(id)}'. Experiment ID must be a valid integer.`),
};
