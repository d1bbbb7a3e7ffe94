import { expect, it, vi } from "vitest";
import { startApp } from "../support/app.ts";

it("a database URI that can't be read is in the log from the start, by the name of its setting", async () => {
  const told = vi.spyOn(console, "error").mockImplementation(() => {});
  const app = await startApp({ MLFLOW_BACKEND_STORE_URI: "postgresql://u:secret@h/db?sslmode=maybe" });
  const sentence = "MLFLOW_BACKEND_STORE_URI has an sslmode that is none of disable, allow, prefer, require";
  expect(told).toHaveBeenCalledWith(expect.stringContaining(sentence));
  const answer = await app.post("/api/2.0/mlflow/experiments/search", { max_results: 1 });
  expect(answer.status).toBe(500);
  expect(app.lines.join()).toContain(sentence);
  expect(app.lines.join() + answer.text + told.mock.calls.join()).not.toContain("secret");
  await app.close();
});
