import { readInstance } from "./instance.ts";

/**
 * Where the settings name no database, puts that of an `npm start` into them, as it does itself.
 * @throws Refusal for a directory that holds something else
 */
export async function useLocalDatabase(dataDir: string): Promise<void> {
  if (process.env.MLFLOW_BACKEND_STORE_URI) return;
  const instance = await readInstance(dataDir);
  if (instance?.ports.postgres)
    process.env.MLFLOW_BACKEND_STORE_URI = databaseUri(instance.password, instance.ports.postgres);
}

/** Of the embedded PostgreSQL's database. */
export const databaseUri = (password: string, port: number): string =>
  `postgresql://mlflow:${password}@127.0.0.1:${port}/mlflow`;
