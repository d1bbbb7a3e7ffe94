import type { KeyValue } from "../mlflow/rules.ts";
import { type Sql, sql } from "../platform/db/sql.ts";

/** The tag that makes a registered model a prompt. */
export const promptTag = "mlflow.prompt.is_prompt";

export const isTrue = (value: string | undefined): boolean => value?.toLowerCase() === "true";

/** Whether these tags make a prompt: the last one of a key counts. */
export const isPrompt = (tags: readonly KeyValue[]): boolean =>
  isTrue(tags.findLast(({ key }) => key === promptTag)?.value);

/** Whether what a row names, by its columns `workspace` and `name`, is a prompt. */
export const isPromptNamed = (row: Sql): Sql => sql`EXISTS (SELECT FROM registered_model_tags t
  WHERE t.workspace = ${row}.workspace AND t.name = ${row}.name AND t.key = ${promptTag} AND lower(t.value) = 'true')`;
