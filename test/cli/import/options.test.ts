/** What the options of `npm run import` change. */
import { afterEach, expect, it, vi } from "vitest";
import { aTarget, unpacked } from "./importing.ts";

// Each import is a process of its own, beside an app.
vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 });

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

it("--no-artifacts says nothing of artifacts, and the next import brings them", async () => {
  const { folder, remove } = await unpacked("sqlite-3.17.2");
  closing.push(remove);
  const target = await aTarget(folder);
  closing.push(target.close);
  const dry = await target.run("mlflow.db", "--no-artifacts", "--dry-run");
  const first = await target.run("mlflow.db", "--no-artifacts");
  expect([dry.code, first.code]).toEqual([0, 0]);
  expect(first.stdout).toMatch(/^Imported 5 runs\.$/m);
  expect(dry.stdout + first.stdout).not.toMatch(/artifact|file|upload/i);
  const second = await target.run("mlflow.db");
  expect(second.stdout).toMatch(/^Uploaded \d\d files of artifacts \([\d,]+ bytes\)\.$/m);
  expect(second.stdout).toMatch(/^Imported 0 runs; 5 were there with the same content\.$/m);
});
