/** Points of all experiments of a SQLite file come first, in a table that takes the place of `metrics`. */
import { once } from "node:events";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import sqlite from "node-sqlite3-wasm";
import { afterEach, expect, it, vi } from "vitest";
import { type Target, unpackedBeside } from "./importing.ts";

// Each import is a process of its own, beside an app.
vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 });

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

const from = (name = "sqlite-3.17.2") => unpackedBeside(name, closing);

/** What `metrics` and the table beside it are inside PostgreSQL. */
async function tablesIn({ app }: Target): Promise<{ metrics: number; collected: number | null }> {
  const { rows } = await app.db.query(
    "SELECT 'metrics'::regclass::oid AS metrics, to_regclass('mlfn_imported_metrics')::oid AS collected",
  );
  return rows[0];
}

/** Kills an import once it says something. */
async function killed(target: Target, said: RegExp): Promise<void> {
  const process = target.begin("mlflow.db");
  const ended = once(process, "exit");
  let text = "";
  for await (const chunk of process.stderr!) {
    text += chunk;
    if (said.test(text)) process.kill("SIGKILL");
  }
  expect((await ended)[1]).toBe("SIGKILL");
}

const whole = async () => {
  const { target } = await from();
  expect(await target.run("mlflow.db")).toMatchObject({ code: 0 });
  return target.rows();
};

it("an import that is killed at any step goes on with the points that it had", async () => {
  const { target, folder } = await from();
  // A process that was killed while it read left this in the time before the file was read by a link.
  await mkdir(join(folder, "mlflow.db.lock"));
  const before = await target.rows();
  for (const step of [/^Points of experiment 'first'/m, /^Indexes of the points/m, /^Rows of experiment 'trash'/m]) {
    await killed(target, step);
    expect(await target.rows()).toEqual(before);
  }
  const { collected } = await tablesIn(target);
  const { code, stdout } = await target.run("mlflow.db");
  expect([code, stdout]).toEqual([0, expect.stringMatching(/ 91 points of metrics/)]);
  expect(await tablesIn(target)).toEqual({ metrics: collected, collected: null });
  expect(await target.rows()).toEqual(await whole());
});

it("what another source has collected, or the same with other points, is not used", async () => {
  const { target, folder } = await from();
  await killed(target, /^Indexes of the points/m);
  const db = new sqlite.Database(join(folder, "mlflow.db"));
  db.run("DELETE FROM metrics WHERE key = 'loss' AND step = 3");
  db.close();
  const { code, stdout } = await target.run("mlflow.db");
  expect([code, stdout]).toEqual([0, expect.stringMatching(/ 86 points of metrics/)]);
  expect((await target.rows()).metrics).toHaveLength(86);
  const { target: other } = await from("sqlite-2.0.1");
  await killed(other, /^Indexes of the points/m);
  const { folder: elsewhere } = await from();
  expect(await other.run(join(elsewhere, "mlflow.db"))).toMatchObject({ code: 0 });
  expect((await other.rows()).metrics).toHaveLength(91);
});

it("an experiment with a row that can't be stored is undone with its points, and the others come", async () => {
  const { target, folder } = await from();
  const db = new sqlite.Database(join(folder, "mlflow.db"));
  db.run(
    "UPDATE params SET value = hex(zeroblob(5000)) WHERE run_uuid IN (SELECT run_uuid FROM runs WHERE name = 'child')",
  );
  db.close();
  const { code, stdout } = await target.run("mlflow.db");
  expect(code).toBe(1);
  expect(stdout).toMatch(/^Imported 2 experiments\.\nImported 2 runs\.$/m);
  expect(stdout).toMatch(/^- A row of params can't be stored: /m);
  const { runs, metrics } = await target.rows();
  expect(runs).toHaveLength(2);
  expect(metrics).toHaveLength(36);
  expect((await tablesIn(target)).collected).toBeNull();
});

it("a point that can't be stored undoes its experiment, and the others come", async () => {
  const { target, folder } = await from();
  const db = new sqlite.Database(join(folder, "mlflow.db"));
  db.run("UPDATE metrics SET key = hex(zeroblob(200)) WHERE key = 'of model'");
  db.close();
  const { code, stdout } = await target.run("mlflow.db");
  expect(code).toBe(1);
  expect(stdout).toMatch(/^Imported 2 experiments\.\nImported 2 runs\.$/m);
  expect(stdout).toMatch(/^- A row of metrics can't be stored: /m);
  expect((await target.rows()).metrics).toHaveLength(36);
  expect((await tablesIn(target)).collected).toBeNull();
});

it("two imports at once come one after the other", async () => {
  const { target } = await from();
  const both = await Promise.all([target.run("mlflow.db"), target.run("mlflow.db")]);
  expect(both).toEqual([expect.objectContaining({ code: 0 }), expect.objectContaining({ code: 0 })]);
  const said = both.map(({ stdout }) => stdout).sort();
  expect(said[0]).toMatch(/^Imported 0 runs; 5 were there with the same content\.$/m);
  expect(said[1]).toMatch(/^Imported 5 runs\.$/m);
  expect(both.map(({ stderr }) => stderr).join()).toContain("Another import into this database is under way");
  expect(await target.rows()).toEqual(await whole());
});

it("experiments that are created meanwhile get other ids", async () => {
  const { target } = await from();
  const process = target.begin("mlflow.db");
  const ended = once(process, "exit");
  process.stdout!.resume();
  let created: Promise<{ body: { experiment_id?: string } }> | undefined;
  for await (const said of process.stderr!)
    if (/Points of/.test(String(said)))
      created ??= target.app.post("/api/2.0/mlflow/experiments/create", { name: "created meanwhile" });
  expect((await ended)[0]).toBe(0);
  expect((await created)!.body.experiment_id).toBe("3");
});
