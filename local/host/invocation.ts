import { randomUUID } from "node:crypto";
import type { LoadedApp, RegisteredFunction, RpcHttp } from "./functions-core.ts";

export type Log = (level: string, message: string) => void;

/**
 * Runs one function with its hooks through the app's own programming model, as the Node worker does: postInvocation
 * hooks run after a failure too, and may take the error away.
 * @param binding name of the trigger's binding
 * @throws whatever the function threw; a bare `Promise.reject()` counts as no answer
 */
export async function invoke(
  app: LoadedApp,
  { metadata, callback }: RegisteredFunction,
  binding: string,
  data: object,
  log: Log,
): Promise<RpcHttp | undefined> {
  const invocationId = randomUUID();
  const model = await app.model.getInvocationModel({
    invocationId,
    request: {
      invocationId,
      functionId: metadata.name,
      inputData: [{ name: binding, data }],
      triggerMetadata: {},
    },
    metadata,
    state: undefined,
    log: (level: string, _category: string, message: string) =>
      log(level, `${metadata.name} ${invocationId}: ${message}`),
  });
  const { context, inputs } = await model.getArguments();
  const { appHookData } = app;
  const hookData = {};
  const before = { invocationContext: context, hookData, appHookData, inputs, functionCallback: callback };
  if (app.hasHooks("preInvocation")) await app.runHooks("preInvocation", before);
  const after: After = {
    invocationContext: context,
    hookData,
    appHookData,
    inputs: before.inputs,
    result: null,
    error: null,
  };
  try {
    after.result = await model.invokeFunction(context, before.inputs, before.functionCallback);
  } catch (error) {
    after.error = error;
  }
  if (app.hasHooks("postInvocation")) await app.runHooks("postInvocation", after);
  if (after.error !== null && after.error !== undefined) throw after.error;
  return (await model.getResponse(context, after.result)).returnValue?.http;
}

/** What postInvocation hooks may change. */
interface After extends Record<string, unknown> {
  result: unknown;
  error: unknown;
}
