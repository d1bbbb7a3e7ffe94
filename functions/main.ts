import "./artifacts/index.ts";
import "./experiments/index.ts";
import "./metrics/index.ts";
import "./mlflow-artifacts/index.ts";
import "./model-versions/index.ts";
import "./registered-models/index.ts";
import "./runs/index.ts";
import "./server/index.ts";
