/** Sources that are broken or want to harm: a clear report, and nothing half imported. */
import { copyFile, mkdir, readdir, readFile, rm, symlink, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, expect, it, vi } from "vitest";
import { type Answer, aServer } from "./a-server.ts";
import { type Target, unpackedBeside } from "./importing.ts";

// Each import is a process of its own, beside an app.
vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 });

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

const imported = (name: string) => unpackedBeside(name, closing);

/** Numbers of rows by table, of those that have some. */
const counts = async (target: Target) =>
  Object.fromEntries(
    Object.entries(await target.rows()).flatMap(([table, { length }]) => (length > 0 ? [[table, length]] : [])),
  );

/** Experiment 0 alone. */
const nothing = { experiments: 1 };

it("a SQLite file that is cut off, is none, or is broken inside brings nothing", async () => {
  const { target, folder } = await imported("sqlite-3.17.2");
  const at = (name: string) => join(folder, name);
  await copyFile(at("mlflow.db"), at("cut.db"));
  await truncate(at("cut.db"), 300_000);
  await writeFile(at("text.db"), "this is no database, whatever its name says");
  const bytes = await readFile(at("mlflow.db"));
  // Pages of tables and indexes, behind the header and the schema.
  await writeFile(at("broken.db"), bytes.fill(0xee, 4096 * 40, 4096 * 200));
  const said = [];
  for (const name of ["cut.db", "text.db", "broken.db"]) said.push(await target.run(name));
  expect(said.map(({ code }) => code)).toEqual([1, 1, 1]);
  expect(said[0]!.stderr).toMatch(/^cut\.db is cut off: it should have \d+ bytes, and has 300000\.$/m);
  expect(said[1]!.stderr).toMatch(/^text\.db is no SQLite database\.$/m);
  expect(said[2]!.stderr).toMatch(/^broken\.db can't be read: .*\.$/m);
  expect(said.map(({ stderr }) => stderr).join()).not.toMatch(/^ +at /m);
  expect(await counts(target)).toEqual(nothing);
});

it("a run folder without meta.yaml, links and paths that leave the folder are reported, and never followed", async () => {
  const { target, folder } = await imported("mlruns-3.17.2");
  const secret = join(folder, "secret");
  await mkdir(join(secret, "artifacts"), { recursive: true });
  await writeFile(join(secret, "artifacts/key.txt"), "a secret of this machine");
  await writeFile(join(secret, "meta.yaml"), "run_id: secret\n");
  const root = join(folder, "mlruns");
  const names = (await readdir(root)).filter((name) => /^\d{10,}$/.test(name));
  const experiment = join(root, names[0]!);
  const runs = (await readdir(experiment)).filter((name) => /^[0-9a-f]{32}$/.test(name));
  await rm(join(experiment, runs[0]!, "meta.yaml"));
  await symlink(join(secret, "artifacts/key.txt"), join(experiment, runs[1]!, "artifacts/linked.txt"));
  await symlink(join(secret, "artifacts/key.txt"), join(experiment, runs[1]!, "tags/linked"));
  await symlink(secret, join(experiment, "f".repeat(32)));
  const meta = join(experiment, runs[2]!, "meta.yaml");
  const text = await readFile(meta, "utf8");
  await writeFile(meta, text.replace(/^artifact_uri: .*$/m, `artifact_uri: ${join(secret, "artifacts")}`));
  const { code, stdout } = await target.run("mlruns");
  expect(code).toBe(0);
  expect(stdout).toMatch(/^Imported 4 runs\.$/m);
  expect(stdout).toContain(`${runs[0]}/meta.yaml is missing, so its folder was left out.`);
  expect(stdout).toMatch(/^- The symbolic link .*\/artifacts\/linked\.txt: links are not followed\.$/m);
  expect(stdout).toMatch(/^- The symbolic link .*\/tags\/linked: links are not followed\.$/m);
  expect(stdout).toMatch(/^- The symbolic link .*\/f{32}: links are not followed\.$/m);
  expect(stdout).toMatch(/^- The artifacts in .*secret\/artifacts: they lie outside\. .*$/m);
  const { body } = await target.app.get("/api/2.0/mlflow/artifacts/list", { run_id: runs[2]! });
  expect(body.files ?? []).toEqual([]);
  expect(JSON.stringify(await target.rows())).not.toContain("a secret of this machine");
});

it("a metric that can't be read undoes its experiment, and the others come", async () => {
  const { target, folder } = await imported("mlruns-2.22.5");
  const root = join(folder, "mlruns");
  const [experiment] = (await readdir(root)).filter((name) => /^\d{10,}$/.test(name));
  const [run] = (await readdir(join(root, experiment!))).filter((name) => /^[0-9a-f]{32}$/.test(name));
  const metric = join(root, experiment!, run!, "metrics/loss");
  const text = await readFile(metric, "utf8");
  await writeFile(metric, `${text}17 no-number 3\n`);
  const { code, stdout } = await target.run("mlruns");
  expect(code).toBe(1);
  expect(stdout).toContain(`- The metric 'loss' of run '${run}' has a line that is no point: '17 no-number 3'.`);
  expect(await counts(target)).toMatchObject({ experiments: 2, runs: 2 });
  await writeFile(metric, text);
  expect(await target.run("mlruns")).toMatchObject({ code: 0 });
  expect(await counts(target)).toMatchObject({ experiments: 3, runs: 5 });
});

it("ids that are here with other content are refused, and stay as they are", async () => {
  const { target } = await imported("sqlite-3.17.2");
  const { body } = await target.app.post("/api/2.0/mlflow/experiments/create", { name: "another first" });
  expect(body.experiment_id).toBe("1");
  const refused = await target.run("mlflow.db");
  expect(refused.code).toBe(1);
  expect(refused.stderr).toMatch(
    /^Experiment 1 is 'first' in the source, and here there is 'another first' with its id\.$/m,
  );
  expect(await counts(target)).toEqual({ experiments: 2 });
});

it("a run that was changed here is not overwritten by another import", async () => {
  const { target } = await imported("sqlite-3.17.2");
  expect(await target.run("mlflow.db")).toMatchObject({ code: 0 });
  const search = await target.app.post("/api/2.0/mlflow/runs/search", { experiment_ids: ["1"] });
  const [{ info }] = search.body.runs;
  await target.app.post("/api/2.0/mlflow/runs/set-tag", { run_id: info.run_id, key: "own", value: "set here" });
  const before = await target.rows();
  const again = await target.run("mlflow.db");
  expect(again.code).toBe(1);
  expect(again.stdout).toContain(
    `- The run '${info.run_id}' is there with other content (table tags), and stays as it is.`,
  );
  expect(await target.rows()).toEqual(before);
});

async function served(answer: Answer): Promise<string> {
  const { url, close } = await aServer(answer);
  closing.push(close);
  return url;
}

const metrics = ["one", "two"].map((key) => ({ key, value: 1, timestamp: 1, step: 0 }));
const run = {
  info: { run_id: "1".repeat(32), experiment_id: "7", artifact_uri: "mlflow-artifacts:/7/x/artifacts" },
  data: { metrics, params: [{ key: "p", value: "v" }] },
};

const answers: Record<string, unknown> = {
  "/api/2.0/mlflow/experiments/search": { experiments: [{ experiment_id: "7", name: "seven" }] },
  "/api/2.0/mlflow/runs/search": { runs: [run] },
  "/api/2.0/mlflow/runs/get": { run },
  "/api/2.0/mlflow/metrics/get-history": { metrics: metrics.slice(0, 1) },
};

it("files that a server lists outside of a run are refused", async () => {
  const { target } = await imported("sqlite-2.0.1");
  const files = { files: [{ path: "../../up.txt", is_dir: false, file_size: 1 }] };
  const own: Record<string, unknown> = { ...answers, "/api/2.0/mlflow-artifacts/artifacts": files };
  const url = await served((path) => (path.endsWith("/get-history") ? { metrics: [] } : (own[path] ?? {})));
  const { code, stdout } = await target.run(url);
  expect(stdout).toMatch(/^- The file .*\/\.\.\/\.\.\/up\.txt: Invalid path$/m);
  expect(code).toBe(0);
});
