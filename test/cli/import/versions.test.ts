/** Model versions whose files lie in no run and no logged model. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import sqlite from "node-sqlite3-wasm";
import { afterEach, expect, it, vi } from "vitest";
import { aServer } from "./a-server.ts";
import { type Target, unpackedBeside } from "./importing.ts";

// Each import is a process of its own, beside an app.
vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 });

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

const from = (name: string) => unpackedBeside(name, closing);

const placeOf = async ({ app }: Target, name: string, version: string) =>
  (await app.get("/api/2.0/mlflow/model-versions/get-download-uri", { name, version })).body.artifact_uri as string;

async function fileOf({ app }: Target, name: string, version: string, path: string): Promise<string> {
  const query = new URLSearchParams({ name, version, path });
  return (await fetch(`${app.url}/model-versions/get-artifact?${query}`)).text();
}

it("come from a folder that --artifacts names, also after an import without it", async () => {
  const { target, folder } = await from("sqlite-3.17.2");
  const registry = join(folder, "registry");
  await mkdir(join(registry, "copied/data"), { recursive: true });
  await writeFile(join(registry, "copied/MLmodel"), "flavors: {}\n");
  await writeFile(join(registry, "copied/data/weights.bin"), "123");
  const db = new sqlite.Database(join(folder, "mlflow.db"));
  db.run(
    "UPDATE model_versions SET source = ?, storage_location = ? WHERE version = 3",
    Array(2).fill(`${registry}/copied`),
  );
  const run = db.get("SELECT run_uuid AS id, artifact_uri AS uri FROM runs WHERE name = 'child'") as {
    id: string;
    uri: string;
  };
  const add = (version: number, source: string, stored: string | null) =>
    db.run(
      "INSERT INTO model_versions (name, version, source, storage_location, current_stage, status) VALUES ('m 1', ?, ?, ?, 'None', 'READY')",
      [version, source, stored],
    );
  add(4, `${folder}/gone/model`, null);
  add(5, "models:/m 1/1", `${run.uri}/model`);
  add(6, "models:/m 1/3", `${registry}/copied`);
  add(7, "s3://bucket/some/model", null);
  db.close();

  const one = await target.run("mlflow.db");
  expect(one.code).toBe(0);
  expect(one.stdout).toContain(
    `- The artifacts in ${registry}/copied: they lie outside. Name their folder by --artifacts.`,
  );
  const stays = (version: number, uri: string) =>
    `- Version ${version} of the registered model 'm 1': its source stays ${uri}.`;
  expect(one.stdout).toContain(stays(3, `${registry}/copied`));
  expect(one.stdout).toContain(stays(4, `${folder}/gone/model`));
  expect(one.stdout).toContain("- The files of 1 artifact locations stay at s3://bucket.");
  expect(await placeOf(target, "m 1", "3")).toBe(`${registry}/copied`);
  expect(await placeOf(target, "m 1", "5")).toMatch(new RegExp(`^mlflow-artifacts:.*/${run.id}/artifacts/model$`));

  const dry = await target.run("mlflow.db", "--artifacts", "registry", "--dry-run");
  const two = await target.run("mlflow.db", "--artifacts", "registry");
  expect(two.code).toBe(0);
  expect(two.stdout).toMatch(/^Uploaded 4 files of artifacts \(30 bytes\); \d+ were there\.$/m);
  expect(two.stdout).not.toContain(stays(3, ""));
  const files = (text: string) => Number(/(\d+) files of artifacts/.exec(text)![1]);
  expect(files(dry.stdout)).toBe(files(one.stdout) + 4);
  const at = await placeOf(target, "m 1", "3");
  expect(at).toMatch(/^mlflow-artifacts:.*\/1\/registered-models\/m_1-[0-9a-f]{8}\/3$/);
  expect(await placeOf(target, "m 1", "6")).toMatch(/\/0\/registered-models\/m_1-[0-9a-f]{8}\/6$/);
  expect(await fileOf(target, "m 1", "3", "MLmodel")).toBe("flavors: {}\n");
  expect(await fileOf(target, "m 1", "6", "data/weights.bin")).toBe("123");
  const { body } = await target.app.get("/api/2.0/mlflow/model-versions/get", { name: "m 1", version: "3" });
  expect(body.model_version.source).toBe(at);
  const six = await target.app.get("/api/2.0/mlflow/model-versions/get", { name: "m 1", version: "6" });
  expect(six.body.model_version.source).toBe("models:/m 1/3");

  const before = await target.rows();
  expect(await target.run("mlflow.db")).toMatchObject({ code: 0 });
  expect(await target.rows()).toEqual(before);
});

it("come over HTTP where the server lists them, else are named", async () => {
  const version = (number: string, source: string) => ({
    name: "plain",
    version: number,
    source,
    current_stage: "None",
  });
  const { url, close } = await aServer((path, body) => {
    if (path.endsWith("/experiments/search")) return { experiments: [{ experiment_id: "7", name: "seven" }] };
    if (path.endsWith("/registered-models/search")) return { registered_models: [{ name: "plain" }] };
    if (path.endsWith("/model-versions/search"))
      return {
        model_versions: [
          version("1", "mlflow-artifacts:/registry/one"),
          version("2", "s3://bucket/two"),
          version("3", "models:/m-7"),
        ],
      };
    if (path.endsWith("/get-download-uri")) return { artifact_uri: "mlflow-artifacts:/registry/three" };
    if (path.endsWith("/mlflow-artifacts/artifacts"))
      return {
        files: String(body.path).startsWith("registry/") ? [{ path: "MLmodel", is_dir: false, file_size: 7 }] : [],
      };
    if (path.endsWith("/artifacts/registry/one/MLmodel")) return { a: 1 };
    if (path.endsWith("/artifacts/registry/three/MLmodel")) return { a: 3 };
    return {};
  });
  closing.push(close);
  const { target } = await from("sqlite-2.0.1");
  const { code, stdout } = await target.run(url);
  expect(code).toBe(0);
  expect(stdout).toMatch(/^Uploaded 2 files of artifacts \(14 bytes\)\.$/m);
  expect(stdout).toContain("- Version 2 of the registered model 'plain': its source stays s3://bucket/two.");
  expect(await placeOf(target, "plain", "1")).toMatch(/\/0\/registered-models\/plain\/1$/);
  expect(await placeOf(target, "plain", "2")).toBe("s3://bucket/two");
  expect(await fileOf(target, "plain", "1", "MLmodel")).toBe('{"a":1}');
  expect(await fileOf(target, "plain", "3", "MLmodel")).toBe('{"a":3}');
});
