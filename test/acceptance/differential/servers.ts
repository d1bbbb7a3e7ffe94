import { aDatabase, startApp } from "../../support/app.ts";
import { aDestination } from "../../support/artifacts.ts";
import { startStock } from "../stock-server.ts";

interface Server {
  url: string;
  stop(): Promise<void>;
}

/** A stock server on an empty database. */
export async function startReference(): Promise<Server> {
  const database = await aDatabase("template0");
  const { url, stop } = await startStock({ database: database.uri });
  return { url, stop: () => stop().then(database.drop) };
}

/** Stock stores any location, this app only those it may sign for: the recorded requests use this one. */
const root = "wasbs://container@account.blob.core.windows.net";

/**
 * This app, or a second stock server where `DIFFERENTIAL_AGAINST` is `stock`: that puts the comparison itself to the
 * test.
 */
export async function startCandidate(): Promise<Server> {
  if (process.env.DIFFERENTIAL_AGAINST === "stock") return startReference();
  const { url, close } = await startApp({
    MLFLOW_FUNCTIONS_ARTIFACT_ROOTS: root,
    ...aDestination(),
  });
  return { url, stop: close };
}
