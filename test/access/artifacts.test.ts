import { join } from "node:path/posix";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { artifactAt } from "../../shared/artifacts/may.ts";
import { artifactsDestination } from "../../shared/artifacts/roots.ts";
import { parseConfig } from "../../shared/platform/config.ts";
import type { Action, Grant, Level } from "../../shared/platform/identity/access.ts";
import { type App, startApp } from "../support/app.ts";
import { askingOf, grant, unique } from "./asking.ts";

let app: App;
let caller: ReturnType<typeof askingOf>;
const ids: Record<string, string> = {};

const created = async (name: string, artifact_location?: string) => {
  const { status, body } = await app.post("/api/2.0/mlflow/experiments/create", {
    name: unique(name),
    artifact_location,
  });
  expect(status, JSON.stringify(body)).toBe(200);
  return body.experiment_id as string;
};
const runOf = async (experiment_id: string) =>
  (await app.post("/api/2.0/mlflow/runs/create", { experiment_id })).body.run.info.run_id as string;

beforeAll(async () => {
  app = await startApp();
  caller = askingOf(app);
  const root = artifactsDestination(parseConfig(process.env));
  ids.mine = await created("mine");
  ids.other = await created("other");
  ids.free = await created("free", "mlflow-artifacts:/free/place");
  ids.azure = await created(
    "azure",
    `wasbs://${root.container}@${root.account}.blob.${root.suffix}/${join(root.prefix, "free/azure")}`,
  );
  ids.shared1 = await created("shared", "mlflow-artifacts:/all");
  ids.shared2 = await created("shared", "mlflow-artifacts:/all/");
  for (const name of ["mine", "other", "free", "shared1", "shared2"]) ids[`${name}Run`] = await runOf(ids[name]!);
  const { body } = await app.post("/api/2.0/mlflow/logged-models", { experiment_id: ids.mine });
  ids.model = body.model.info.model_id;
});

afterAll(async () => {
  await caller.end();
  await app.close();
});

/** Whether the action is allowed at a path, in which `{name}` stands for an id. */
async function may(action: Action, path: string, grants: Grant[], fallback: Level): Promise<boolean> {
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => ids[name]!);
  const rule = artifactAt<unknown>(action, () => [filled]);
  const given = grants.map((each) => ({ ...each, pattern: ids[each.pattern] ?? each.pattern }));
  try {
    await rule.check({}, caller.asking(given, fallback));
    return true;
  } catch (error) {
    expect((error as Error).name).toBe("MlflowError");
    return false;
  }
}

const edit = (experiment: string) => grant("experiment", experiment, "EDIT");
const manage = (experiment: string) => grant("experiment", experiment, "MANAGE");
const deny = (experiment: string) => grant("experiment", experiment, "DENY");

describe("an artifact's place decides who may, for", () => {
  it.each<[string, Action, string, Grant[], Level, boolean]>([
    ["a run's file", "update", "{mine}/{mineRun}/artifacts/a", [edit("mine")], "READ", true],
    ["a run's file by a reader", "update", "{mine}/{mineRun}/artifacts/a", [], "READ", false],
    ["another's run", "update", "{other}/{otherRun}/artifacts/a", [edit("mine")], "READ", false],
    ["another's run, which all may read", "read", "{other}/{otherRun}/artifacts/a", [edit("mine")], "READ", true],
    ["another's run below a path of mine", "update", "{mine}/{otherRun}/artifacts/a", [edit("mine")], "READ", true],
    ["a denied run", "read", "{other}/{otherRun}/artifacts/a", [deny("other")], "READ", false],
    [
      "a run where all runs are denied",
      "read",
      "{mine}/{mineRun}/artifacts/a",
      [edit("mine"), grant("run", "*", "DENY")],
      "READ",
      false,
    ],
    ["a run's whole folder", "read", "{mine}/{mineRun}", [edit("mine")], "NO_PERMISSIONS", true],
    ["a logged model", "update", "{mine}/models/{model}/artifacts/a", [edit("mine")], "NO_PERMISSIONS", true],
    [
      "a logged model, by who may only edit runs",
      "update",
      "{mine}/models/{model}/artifacts/a",
      [grant("experiment", "mine", "READ"), grant("run", "*", "EDIT")],
      "NO_PERMISSIONS",
      false,
    ],
    [
      "a run in an experiment with a place of its own",
      "read",
      "free/place/{freeRun}/artifacts/a",
      [deny("free")],
      "READ",
      false,
    ],
    ["what lies in that place", "read", "free/place/a", [deny("free")], "READ", false],
    ["what lies in that place, by its editor", "update", "free/place/a", [edit("free")], "NO_PERMISSIONS", true],
    ["a place given by its address", "update", "free/azure/a", [edit("azure")], "NO_PERMISSIONS", true],
    ["a denied place given by its address", "read", "free/azure/a", [deny("azure")], "READ", false],
    ["what lies beside", "read", "free/a", [edit("free"), edit("azure")], "READ", false],
    ["what belongs to nobody", "read", "nobody/a", [], "READ", false],
    ["a run in a shared root", "update", "all/{shared1Run}/artifacts/a", [edit("shared1")], "NO_PERMISSIONS", true],
    [
      "another's run in a shared root",
      "read",
      "all/{shared2Run}/artifacts/a",
      [edit("shared1")],
      "NO_PERMISSIONS",
      false,
    ],
    ["what lies in a shared root, by who may for one", "read", "all/a", [edit("shared1")], "NO_PERMISSIONS", false],
    [
      "what lies in a shared root, by who may for all",
      "read",
      "all/a",
      [edit("shared1"), edit("shared2")],
      "NO_PERMISSIONS",
      true,
    ],
    ["deleting by an editor", "delete", "{mine}/{mineRun}/artifacts/a", [edit("mine")], "READ", false],
    ["deleting by a manager", "delete", "{mine}/{mineRun}/artifacts/a", [manage("mine")], "READ", true],
    ["deleting a folder that holds another's place", "delete", "free", [manage("free")], "READ", false],
    ["deleting an experiment's place", "delete", "free/place", [manage("free")], "NO_PERMISSIONS", true],
    [
      "deleting it where runs may not be",
      "delete",
      "free/place",
      [manage("free"), grant("run", "*", "READ")],
      "NO_PERMISSIONS",
      false,
    ],
    [
      "all for who manages the workspace",
      "delete",
      "nobody/a",
      [grant("workspace", "*", "MANAGE")],
      "NO_PERMISSIONS",
      true,
    ],
  ])("%s (%s)", async (_, action, path, grants, fallback, expected) => {
    expect(await may(action, path, grants, fallback)).toBe(expected);
  });

  it("a holder that is remembered, without a statement", async () => {
    const asking = caller.asking([grant("experiment", ids.mine!, "EDIT")]);
    let statements = 0;
    const { query } = asking.db;
    const counting: typeof query = (statement) => {
      statements++;
      return query(statement);
    };
    const counted = { ...asking, db: { ...asking.db, query: counting } };
    const rule = artifactAt<unknown>("update", () => [`${ids.mine}/${ids.mineRun}/artifacts/a`]);
    await rule.check({}, counted);
    expect(statements).toBe(1);
    await rule.check({}, counted);
    expect(statements).toBe(1);
  });
});
