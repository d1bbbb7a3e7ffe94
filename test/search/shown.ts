/** SQL on one line, without the wrapping that keeps Postgres from joining (shared/mlflow/search/exists.ts). */
export const onOneLine = (text: string): string =>
  text.replace(/\s+/g, " ").replaceAll("((EXISTS (", "EXISTS (").replaceAll(")) IS TRUE)", ")");
