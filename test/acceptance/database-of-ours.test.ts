import { test } from "vitest";
import { startApp } from "../support/app.ts";
import { expectAlike } from "./one-database.ts";
import { startStock } from "./stock-server.ts";

test("a stock server starts on a database of ours and reads what we wrote", async () => {
  const app = await startApp();
  const stock = await startStock({ database: app.databaseUri });
  try {
    await expectAlike(app.url, stock.url);
  } finally {
    await stock.stop();
    await app.close();
  }
});
