/** Attributes of spans, tags and metadata that MLflow gives a meaning (mlflow/tracing/constant.py). */

export const attributes = {
  requestId: "mlflow.traceRequestId",
  inputs: "mlflow.spanInputs",
  outputs: "mlflow.spanOutputs",
  type: "mlflow.spanType",
  usage: "mlflow.chat.tokenUsage",
  cost: "mlflow.llm.cost",
  model: "mlflow.llm.model",
  provider: "mlflow.llm.provider",
  session: "session.id",
  conversation: "gen_ai.conversation.id",
  user: "user.id",
  service: "service.name",
} as const;

/** What a root's attributes that become tags of the trace begin with. */
export const tagPrefix = "mlflow.traceTag.";
