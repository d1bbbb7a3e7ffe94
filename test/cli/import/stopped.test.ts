/** Imports that fail or are killed in the middle: what is whole is told, and a second run goes on. */
import { once } from "node:events";
import { afterEach, expect, it, vi } from "vitest";
import { aServer } from "./a-server.ts";
import { aTarget, type Ended, type Target, unpacked } from "./importing.ts";

// Each import is a process of its own, beside an app.
vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 });

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function imported(name: string): Promise<Target> {
  const { folder, remove } = await unpacked(name);
  closing.push(remove);
  const target = await aTarget(folder);
  closing.push(target.close);
  return target;
}

const experimentsIn = async ({ app }: Target) =>
  (await app.db.query<{ id: number }>("SELECT experiment_id AS id FROM experiments ORDER BY 1")).rows.map(
    ({ id }) => id,
  );

/** The last part of what was printed. */
const courseIn = ({ stdout }: Ended) => stdout.slice(stdout.indexOf("The import stopped")).trimEnd().split("\n");

it("a server that answers 500 in the middle", async () => {
  const runOf = (id: string) => ({
    info: { run_id: id.repeat(32), experiment_id: id, artifact_uri: `mlflow-artifacts:/${id}/x/artifacts` },
    data: { metrics: [{ key: "one", value: 1, timestamp: 1, step: 0 }], params: [{ key: "p", value: "v" }] },
  });
  let isBroken = true;
  const { url, close } = await aServer((path, body) => {
    const { experiment_ids: [id = ""] = [], run_id: run = "" } = body as { experiment_ids?: string[]; run_id?: string };
    if (path.endsWith("/experiments/search"))
      return { experiments: ["7", "8", "9"].map((one) => ({ experiment_id: one, name: `number ${one}` })) };
    if (path.endsWith("/runs/search")) return { runs: [runOf(id)] };
    if (path.endsWith("/runs/get")) return { run: runOf(run.charAt(0)) };
    if (path.endsWith("/get-history"))
      return isBroken && run.startsWith("8") ? 500 : { metrics: runOf("1").data.metrics };
    return {};
  });
  closing.push(close);
  const target = await imported("sqlite-2.0.1");
  const stopped = await target.run(url.replace("//", "//someone:hidden-word@"));
  expect(stopped.code).toBe(1);
  expect(stopped.stderr).toMatch(/metrics\/get-history answered 500: out of order\.$/m);
  expect(stopped.stderr + stopped.stdout).not.toMatch(/hidden-word|^ +at /m);
  expect(stopped.stdout).toMatch(/^Imported 1 experiment\.\nImported 1 run\.$/m);
  expect(courseIn(stopped).slice(1, 4)).toEqual([
    "- Whole: experiment 'number 7'.",
    "- Undone: experiment 'number 8'.",
    "- Not reached: experiment 'number 9', the registered models.",
  ]);
  expect(await experimentsIn(target)).toEqual([0, 7]);
  isBroken = false;
  const again = await target.run(url);
  expect(again).toMatchObject({ code: 0 });
  expect(again.stdout).toMatch(/^Imported 2 experiments; 1 were there with the same content\.$/m);
  expect(await experimentsIn(target)).toEqual([0, 7, 8, 9]);
});

const full = "RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = '53100'";
const away = "PERFORM pg_terminate_backend(pg_backend_pid())";

it("a database whose disk is full, or which ends the connection, also while it commits", async () => {
  const whole = await imported("sqlite-3.17.2");
  expect(await whole.run("mlflow.db")).toMatchObject({ code: 0 });
  const target = await imported("sqlite-3.17.2");
  const failing = async (what: string, table: string, kind: string, condition: string) => {
    await target.app.db.query(
      `
      CREATE FUNCTION failing() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN ${what}; RETURN NEW; END $$;
      CREATE ${kind} FOR EACH ROW WHEN (${condition}) EXECUTE FUNCTION failing()`.replace("<table>", table),
    );
    const ended = await target.run("mlflow.db");
    await target.app.db.query("DROP FUNCTION failing() CASCADE");
    expect(ended.code).toBe(1);
    expect(ended.stderr).not.toMatch(/^ +at /m);
    return ended;
  };
  const before = "TRIGGER failing BEFORE INSERT ON <table>";
  const atCommit = "CONSTRAINT TRIGGER failing AFTER INSERT ON <table> DEFERRABLE INITIALLY DEFERRED";

  const one = await failing(full, "runs", before, "NEW.experiment_id = 1");
  expect(one.stderr).toContain("No space left on device");
  // Their points are collected, so that they are one transaction.
  expect(courseIn(one).slice(1, 4)).toEqual([
    "- Whole: nothing.",
    "- Undone: experiment 'Default', experiment 'first'.",
    "- Not reached: experiment 'trash', the registered models.",
  ]);
  expect(await experimentsIn(target)).toEqual([0]);

  const two = await failing(away, "runs", before, "NEW.experiment_id = 1");
  expect(two.stderr).toMatch(/terminat/);
  expect(courseIn(two).slice(1, 4)).toEqual(courseIn(one).slice(1, 4));

  const three = await failing(away, "runs", atCommit, "NEW.experiment_id = 1");
  expect(three.stderr).toMatch(/^While it committed: .*terminat/m);
  expect(courseIn(three).slice(1, 4)).toEqual([
    "- Whole: nothing.",
    "- Whole or undone, which is not known: experiment 'Default', experiment 'first', experiment 'trash'.",
    "- Not reached: the registered models.",
  ]);

  const four = await failing(full, "registered_models", before, "NEW.name = 'empty'");
  expect(courseIn(four).slice(1, 4)).toEqual([
    "- Whole: experiment 'Default', experiment 'first', experiment 'trash', registered model 'm 1'.",
    "- Undone: registered model 'empty'.",
    "- Not reached: nothing.",
  ]);
  expect(await target.run("mlflow.db")).toMatchObject({ code: 0 });
  expect(await target.rows()).toEqual(await whole.rows());
});

it("what was killed in the middle is the same after a second run", async () => {
  const whole = await imported("sqlite-3.17.2");
  expect(await whole.run("mlflow.db")).toMatchObject({ code: 0 });
  const target = await imported("sqlite-3.17.2");
  const killed = target.begin("mlflow.db");
  const ended = once(killed, "exit");
  // It is told at the begin of an experiment's rows, when those of the one before are committed.
  for await (const said of killed.stderr!) if (/Rows of experiment 'first'/.test(String(said))) killed.kill("SIGKILL");
  const [, signal] = await ended;
  expect(signal).toBe("SIGKILL");
  expect(await target.run("mlflow.db")).toMatchObject({ code: 0 });
  expect(await target.rows()).toEqual(await whole.rows());
});
