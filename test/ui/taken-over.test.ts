/** What ran elsewhere, as the page shows it here: an import of each kind of source, and an upgraded database. */
import { execFile } from "node:child_process";
import { resolve } from "node:path";
import { promisify } from "node:util";
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from "vitest";
import { setCors } from "../../local/cors.ts";
import { served } from "../acceptance/served.ts";
import { unpackedBeside } from "../cli/import/importing.ts";
import { closeDatabases } from "../db/databases.ts";
import { anOldDatabase } from "../db/old.ts";
import { type App, startApp } from "../support/app.ts";
import { aDestination } from "../support/artifacts.ts";
import { chromiumPath, Visitor } from "./browser.ts";
import { eventually, mlflow } from "./site.ts";

/** What the page has to show of a source. */
interface Expected {
  experiment: string;
  /** What the table of runs has, and the run that is opened. */
  runs: string[];
  run: string;
  params: string[];
  /** Points of the run's metric `loss`. */
  loss: number[];
  artifact: { path: string; content: string };
  /** A registered model, and what its page says. */
  model: string;
  versions: string[];
  aliases: string[];
}

type Closing = (() => Promise<unknown>)[];

const made: Expected = {
  experiment: "first",
  runs: ["parent", "2 matching runs"],
  run: "parent",
  params: ["depth", "path/to", "a/b c"],
  loss: Array.from({ length: 12 }, (_, step) => 1 / (step + 2)),
  artifact: { path: "notes & more/größe.txt", content: "größer als 0" },
  model: "m 1",
  versions: ["Version 1", "Version 3"],
  aliases: ["champion", "next"],
};

const of29: Expected = {
  experiment: "kept 实验",
  runs: ["run 0", "run 1", "handsome-horse-368"],
  run: "run 0",
  params: ["lr", "0.1"],
  loss: Array.from({ length: 20 }, (_, step) => 1 / (step + 1)),
  artifact: { path: "notes.txt", content: "lay in the container's folder" },
  model: "model",
  versions: ["Version 1", "Version 2"],
  aliases: ["champion", "old"],
};

const imported = (name: string, source: string) => async (closing: Closing) => {
  const { target } = await unpackedBeside(name, closing);
  expect(await target.run(source)).toMatchObject({ code: 0 });
  return target.app;
};

async function fromServer(closing: Closing): Promise<App> {
  const { server } = await served("sqlite-3.17.2", "3.17.2", "sqlite:///mlflow.db", closing);
  const { target } = await unpackedBeside("sqlite-2.0.1", closing);
  expect(await target.run(server.url)).toMatchObject({ code: 0 });
  return target.app;
}

async function upgraded(closing: Closing): Promise<App> {
  closing.push(closeDatabases);
  const { uri } = await anOldDatabase("2.9.2");
  const env = { ...process.env, MLFLOW_BACKEND_STORE_URI: uri };
  await promisify(execFile)(process.execPath, [resolve("dist/migrate.cjs")], { env });
  const app = await startApp({ MLFLOW_BACKEND_STORE_URI: uri, ...aDestination() });
  closing.push(app.close);
  const { path, content } = of29.artifact;
  const folder = (await runOf(app, of29)).artifact_uri.replace(
    "mlflow-artifacts:",
    "/api/2.0/mlflow-artifacts/artifacts",
  );
  expect((await app.request("PUT", `${folder}/${path}`, { body: content })).status).toBe(200);
  return app;
}

async function experimentOf(app: App, { experiment }: Expected): Promise<string> {
  const { body } = await app.get(`${mlflow}/experiments/get-by-name`, { experiment_name: experiment });
  return body.experiment.experiment_id;
}

async function runOf(app: App, expected: Expected): Promise<{ run_id: string; artifact_uri: string }> {
  const experiment = await experimentOf(app, expected);
  const filter = `attributes.run_name = '${expected.run}'`;
  const { body } = await app.post(`${mlflow}/runs/search`, { experiment_ids: [experiment], filter });
  return body.runs[0].info;
}

/** The values of each line in a chart. */
const curves = `[...document.querySelectorAll(".js-plotly-plot")].flatMap((plot) => plot.data.map(({ y }) => [...y]))`;

describe.skipIf(!chromiumPath).each<[string, Expected, (closing: Closing) => Promise<App>]>([
  ["a folder mlruns", made, imported("mlruns-2.22.5", "./mlruns")],
  ["a SQLite file", made, imported("sqlite-3.17.2", "mlflow.db")],
  ["a server of 3.17", made, fromServer],
  ["a database of 2.9", of29, upgraded],
])("%s, taken over", (name, expected, takeOver) => {
  const closing: Closing = [];
  let visitor: Visitor;
  let experiment: string;
  let run: string;
  beforeAll(async () => {
    const app = await takeOver(closing);
    await setCors(inject("storage"), [app.url]);
    visitor = await Visitor.at(app.url);
    closing.push(() => visitor.close());
    experiment = `/experiments/${await experimentOf(app, expected)}/runs`;
    run = `${experiment}/${(await runOf(app, expected)).run_id}`;
  });
  afterAll(async () => {
    for (const close of closing.splice(0).reverse()) await close();
  });
  afterEach(async ({ task }) => {
    await visitor.keep(`taken-over-${name}-${task.name}`.replace(/\W+/g, "-"));
    expect(await visitor.problems()).toEqual([]);
  });

  it("has its experiment and the runs", async () => {
    await visitor.open("/experiments", expected.experiment);
    await visitor.open(experiment, expected.runs[0]!);
    for (const text of expected.runs) await visitor.sees(text);
  });

  it("has a run's params, artifact and curve", async () => {
    await visitor.open(run, "About this run");
    for (const text of [...expected.params, "loss"]) await visitor.sees(text);
    const { path, content } = expected.artifact;
    const [first, ...below] = path.split("/");
    await visitor.open(`${run}/artifacts`, first!);
    for (const name of [first!, ...below]) await visitor.page.getByText(name, { exact: true }).first().click();
    await visitor.sees(content);
    await visitor.open(`${run}/model-metrics`, /Model metrics ?\(\d\)/);
    await eventually(() => visitor.page.evaluate(curves)).toContainEqual(expected.loss);
  });

  it("has its registered model, versions and aliases", async () => {
    await visitor.open("/models", expected.model);
    await visitor.open(`/models/${encodeURIComponent(expected.model)}`, expected.versions[0]!);
    for (const text of [...expected.versions, ...expected.aliases]) await visitor.sees(text);
  });
});
