import { test } from "vitest";
import { aDatabase, startApp } from "../support/app.ts";
import { expectAlike } from "./one-database.ts";
import { startStock } from "./stock-server.ts";

test("our app starts on a database of a stock server and reads what that wrote", async () => {
  const database = await aDatabase("template0");
  const stock = await startStock({ database: database.uri });
  const app = await startApp({ MLFLOW_BACKEND_STORE_URI: database.uri });
  try {
    await expectAlike(stock.url, app.url);
  } finally {
    await app.close();
    await stock.stop();
    await database.drop();
  }
});
