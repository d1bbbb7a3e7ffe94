import { keyValues } from "../../shared/mlflow/fields.ts";
import { int64, list, message, nested, required, requiredMember, text } from "../../shared/platform/http/fields.ts";

const Dataset = message({
  name: text(),
  digest: text(),
  source_type: text(),
  source: text(),
  schema: text(),
  profile: text(),
});

export const LogInputs = message({
  run_id: required(text()),
  datasets: list(message({ dataset: nested(Dataset), tags: keyValues() })),
  models: list(message({ model_id: text() })),
});

export const LogOutputs = message({
  run_id: required(text()),
  models: requiredMember(list(message({ model_id: text(), step: int64() }))),
});
