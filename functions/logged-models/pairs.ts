import type { KeyValue } from "../../shared/mlflow/rules.ts";

/** Params or tags as given; what is not given is the empty text. MLflow sets them no limits but the database's. */
export const pairsOf = (given: { key?: string | undefined; value?: string | undefined }[]): KeyValue[] =>
  given.map(({ key = "", value = "" }) => ({ key, value }));
