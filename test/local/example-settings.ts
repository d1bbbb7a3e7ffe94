import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseConnectionString } from "../../shared/platform/azure/connection-string.ts";
import { freePort } from "../../shared/tools/processes.ts";

/** Writes the example settings into a project, with ports that are free where the example names the usual ones. */
export async function writeExample(project: string): Promise<{ postgres: number; blob: number }> {
  const [postgres = 0, blob = 0, queue = 0, table = 0] = await Promise.all(
    [1, 2, 3, 4].map(() => freePort("127.0.0.1")),
  );
  const example = JSON.parse(await readFile("local.settings.example.json", "utf8"));
  const { account, key } = parseConnectionString(example.Values.AzureWebJobsStorage);
  const endpoint = (service: string, port: number) => `${service}Endpoint=http://127.0.0.1:${port}/${account}`;
  const storage = [
    `DefaultEndpointsProtocol=http;AccountName=${account};AccountKey=${key}`,
    ...[endpoint("Blob", blob), endpoint("Queue", queue), endpoint("Table", table)],
  ].join(";");
  Object.assign(example.Values, {
    MLFLOW_BACKEND_STORE_URI: example.Values.MLFLOW_BACKEND_STORE_URI.replace(":5432/", `:${postgres}/`),
    AzureWebJobsStorage: storage,
    AZURE_STORAGE_CONNECTION_STRING: storage,
  });
  await writeFile(join(project, "local.settings.example.json"), JSON.stringify(example));
  return { postgres, blob };
}
