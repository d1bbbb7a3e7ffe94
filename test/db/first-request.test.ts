import { afterEach, expect, it } from "vitest";
import { startApp } from "../support/app.ts";
import { anEmptyDatabase, closeDatabases } from "./databases.ts";

afterEach(closeDatabases);

const search = "/api/2.0/mlflow/experiments/search";

it("makes the schema on the first requests, and remembers no refusal", async () => {
  const { pool, uri } = await anEmptyDatabase();
  await pool.query("CREATE TABLE customers (id int)");
  const app = await startApp({ MLFLOW_BACKEND_STORE_URI: uri });
  const refused = await app.post(search, { max_results: 1 });
  expect(refused).toMatchObject({ status: 503, body: { error_code: "TEMPORARILY_UNAVAILABLE" } });
  await pool.query("DROP TABLE customers");
  const answers = await Promise.all(Array.from({ length: 8 }, () => app.post(search, { max_results: 1 })));
  for (const { body } of answers) expect(body.experiments).toMatchObject([{ experiment_id: "0", name: "Default" }]);
  await app.close();
});
