/** What stock clients of several versions made is imported; our API then answers what stock's server answered. */
import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { answersOf, asText, whatStockAnswers } from "./answers.ts";
import { aTarget, type Ended, type Target, unpacked } from "./importing.ts";

// Each import is a process of its own, beside an app.
vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 });

describe.each([
  ["sqlite-2.0.1", "mlflow.db"],
  ["sqlite-3.17.2", "mlflow.db"],
  ["mlruns-2.22.5", "mlruns"],
  ["mlruns-3.17.2", "mlruns"],
])("%s", (name, source) => {
  const closing: (() => Promise<void>)[] = [];
  let target: Target;
  let dry: Ended;
  let first: Ended;
  beforeAll(async () => {
    const { folder, remove } = await unpacked(name);
    closing.push(remove);
    target = await aTarget(folder);
    closing.push(target.close);
    dry = await target.run(source, "--dry-run");
    first = await target.run(source);
  });
  afterAll(async () => {
    for (const close of closing.reverse()) await close();
  });

  it("is answered as stock's server answers it", async () => {
    expect(first).toMatchObject({ code: 0 });
    const recorded = JSON.parse(await readFile(`test/cli/import/${name}.answers.txt`, "utf8"));
    const traces = recorded.traces?.map(({ id }: { id: string }) => id);
    const answers = whatStockAnswers(await answersOf(target.app.url, traces ?? []), recorded);
    expect(asText(answers)).toBe(asText(recorded));
  });

  it("is counted by a dry run, which changes nothing", async () => {
    expect(dry).toMatchObject({ code: 0 });
    const counted = (text: string, verb: string) =>
      [...text.matchAll(new RegExp(`^${verb} (\\d+ \\w+)`, "gm"))].map(([, what]) => what);
    expect(counted(dry.stdout, "Found")).toEqual(counted(first.stdout, "Imported"));
    expect(/\d+ files of artifacts \(.*? bytes\)/.exec(dry.stdout)![0]).toBe(
      /\d+ files of artifacts \(.*? bytes\)/.exec(first.stdout)![0],
    );
    expect(first.stdout).toMatch(/^Imported 3 experiments\.$/m);
  });

  it("is left alone the second time", async () => {
    const before = await target.rows();
    const again = await target.run(source);
    expect(again).toMatchObject({ code: 0 });
    expect(again.stdout).toMatch(/^Imported 0 runs; 5 were there with the same content\.$/m);
    expect(again.stdout).toMatch(/^Uploaded 0 files of artifacts \(0 bytes\); \d+ were there\.$/m);
    expect(await target.rows()).toEqual(before);
  });

  it("lets new experiments have ids of their own", async () => {
    const { status, body } = await target.app.post("/api/2.0/mlflow/experiments/create", { name: "new here" });
    expect(status).toBe(200);
    expect(Number(body.experiment_id)).toBeGreaterThan(2);
  });
});
