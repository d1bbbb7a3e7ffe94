import type { KeyValue } from "../mlflow/rules.ts";

/** The tag that makes a registered model a prompt. */
export const promptTag = "mlflow.prompt.is_prompt";

export const isTrue = (value: string | undefined): boolean => value?.toLowerCase() === "true";

/** Whether these tags make a prompt: the last one of a key counts. */
export const isPrompt = (tags: readonly KeyValue[]): boolean =>
  isTrue(tags.findLast(({ key }) => key === promptTag)?.value);
