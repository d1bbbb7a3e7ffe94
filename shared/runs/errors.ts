import { invalid, missing } from "../platform/errors.ts";
import { shown } from "../platform/shown.ts";

export const runNotFound = (runId: string) => missing(`Run with id=${shown(runId)} not found`);

export const runNotActive = (runId: string, stage: string) =>
  invalid(`The run ${shown(runId)} must be in the 'active' state. Current state is ${stage}.`);
