/** Values that are rare: what PostgreSQL can't hold, what lacks something, and what is very large. */

import { readdirSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import sqlite from "node-sqlite3-wasm";
import { afterEach, expect, it, vi } from "vitest";
import { unpackedBeside } from "./importing.ts";

// Each import is a process of its own, beside an app.
vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 });

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

it("texts of a SQLite file come whole, with U+FFFD for a NUL", async () => {
  const { target, folder } = await unpackedBeside("sqlite-3.17.2", closing);
  const db = new sqlite.Database(join(folder, "mlflow.db"));
  const { id } = db.get("SELECT run_uuid AS id FROM runs WHERE name = 'child'") as { id: string };
  db.run("INSERT INTO params (key, value, run_uuid) VALUES ('nul', 'a' || char(0) || 'b', ?)", [id]);
  db.run("INSERT INTO params (key, value, run_uuid) VALUES ('nan', 'NaN', ?)", [id]);
  db.run("INSERT INTO tags (key, value, run_uuid) VALUES ('emoji', '👩‍🚀' || char(10) || '\\N\\', ?)", [id]);
  db.run("UPDATE metrics SET key = 'k' || char(0) || 'ey' WHERE run_uuid = ? AND key = 'odd'", [id]);
  db.run("UPDATE latest_metrics SET key = 'k' || char(0) || 'ey' WHERE run_uuid = ? AND key = 'odd'", [id]);
  db.close();
  expect(await target.run("mlflow.db")).toMatchObject({ code: 0 });
  const { body } = await target.app.get("/api/2.0/mlflow/runs/get", { run_id: id });
  expect(body.run.data.params).toEqual(
    expect.arrayContaining([
      { key: "nul", value: "a\uFFFDb" },
      { key: "nan", value: "NaN" },
    ]),
  );
  expect(body.run.data.tags).toContainEqual({ key: "emoji", value: "👩‍🚀\n\\N\\" });
  const query = { run_id: id, metric_key: "k\uFFFDey" };
  expect((await target.app.get("/api/2.0/mlflow/metrics/get-history", query)).body.metrics).toHaveLength(5);
  const before = await target.rows();
  expect(await target.run("mlflow.db")).toMatchObject({ code: 0 });
  expect(await target.rows()).toEqual(before);
});

it("texts of a folder do so too", async () => {
  const { target, folder } = await unpackedBeside("mlruns-2.22.5", closing);
  const root = join(folder, "mlruns");
  const [experiment] = readdirSync(root).filter((name) => /^\d{10,}$/.test(name));
  const [run] = readdirSync(join(root, experiment!)).filter((name) => /^[0-9a-f]{32}$/.test(name));
  await writeFile(join(root, experiment!, run!, "params/nul"), "a\0b");
  expect(await target.run("mlruns")).toMatchObject({ code: 0 });
  const { body } = await target.app.get("/api/2.0/mlflow/runs/get", { run_id: run! });
  expect(body.run.data.params).toContainEqual({ key: "nul", value: "a\uFFFDb" });
});

it("runs without an end, versions without a run and aliases of deleted versions come as they are", async () => {
  const { target, folder } = await unpackedBeside("sqlite-3.17.2", closing);
  const db = new sqlite.Database(join(folder, "mlflow.db"));
  db.run("UPDATE runs SET end_time = NULL, start_time = NULL, status = 'RUNNING' WHERE name = 'child'");
  db.run("UPDATE model_versions SET run_id = NULL WHERE version = 1");
  db.run("INSERT INTO registered_model_aliases (alias, version, name) VALUES ('gone', 2, 'm 1'), ('never', 99, 'm 1')");
  db.close();
  expect(await target.run("mlflow.db")).toMatchObject({ code: 0 });
  const { rows } = await target.app.db.query("SELECT start_time, end_time, status FROM runs WHERE name = 'child'");
  expect(rows).toEqual([{ start_time: null, end_time: null, status: "RUNNING" }]);
  const version = await target.app.get("/api/2.0/mlflow/model-versions/get", { name: "m 1", version: "1" });
  expect(version.body.model_version).toMatchObject({ version: "1", aliases: ["champion"] });
  expect(version.body.model_version.run_id ?? "").toBe("");
  const aliases = await target.app.db.query("SELECT alias, version FROM registered_model_aliases ORDER BY 1");
  expect(aliases.rows.map(({ alias }) => alias)).toEqual(["champion", "gone", "never", "next"]);
});

it("a deleted experiment here of the same name is told as such", async () => {
  const { target } = await unpackedBeside("sqlite-3.17.2", closing);
  for (const name of ["a", "b", "first"]) await target.app.post("/api/2.0/mlflow/experiments/create", { name });
  await target.app.post("/api/2.0/mlflow/experiments/delete", { experiment_id: "3" });
  for (const id of ["1", "2"]) await target.app.db.query("DELETE FROM experiments WHERE experiment_id = $1", [id]);
  const { code, stderr } = await target.run("mlflow.db");
  expect(code).toBe(1);
  expect(stderr).toMatch(/^The experiment 'first' \(1 in the source\) is here already, with the id 3, and deleted/m);
});
