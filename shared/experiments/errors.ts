import { invalid, MlflowError, missing } from "../platform/errors.ts";
import { shown } from "../platform/shown.ts";

export const experimentNotFound = (id: string) => missing(`No Experiment with id=${shown(id)} exists`);

export const alreadyExists = (name: string) =>
  new MlflowError("RESOURCE_ALREADY_EXISTS", `Experiment(name=${shown(name)}) already exists.`);

/** The refusal of a write to a deleted experiment. */
export const notActive = (experimentId: string, stage: string) =>
  invalid(`The experiment ${shown(experimentId)} must be in the 'active' state. Current state is ${stage}.`);
