import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { App } from "../support/app.ts";
import { chromiumPath, Visitor } from "./browser.ts";
import { aFilledApp, type Made } from "./filled.ts";

if (!chromiumPath) {
  const missing = "No Chromium: install one, or name it in CHROMIUM_PATH. The page's tests are skipped.";
  if (process.env.CI) throw new Error(missing);
  console.warn(missing);
}

describe.skipIf(!chromiumPath)("MLflow's page", () => {
  let app: App;
  let made: Made;
  let visitor: Visitor;
  beforeAll(async () => {
    ({ app, made } = await aFilledApp());
    visitor = await Visitor.at(app.url);
  });
  afterAll(async () => {
    await visitor?.close();
    await app?.close();
  });
  afterEach(async ({ task }) => {
    await visitor.keep(task.name.replace(/\W+/g, "-"));
    expect(await visitor.problems()).toEqual([]);
  });

  const experiment = (rest = "") => `/experiments/${made.experiment}${rest}`;
  const run = (rest = "") => experiment(`/runs/${made.runs[0]}${rest}`);
  const mlflow = "/api/2.0/mlflow";
  const eventually = (look: () => Promise<unknown>) => expect.poll(look, { timeout: 20_000 });

  describe("opens", () => {
    it.each([
      ["home", "/", "Recent Experiments"],
      ["experiments", "/experiments", "Flowers by their petals."],
      ["traces", "/traces", "Start tracing your LLM application"],
      ["evaluation datasets", "/datasets", "Create an evaluation dataset"],
      ["evaluation runs", "/evaluation-runs", "attempt-11"],
      ["judges", "/judges", /judge/i],
      ["chat sessions", "/chat-sessions", /session/i],
      ["issues", "/issues", /issues/i],
      ["overview", "/overview", /trace/i],
      ["logged models", "/models", "classifier"],
      ["prompts of an experiment", "/prompts", /prompt/i],
    ])("%s", async (name, route, text) => {
      const own = name === "home" || name === "experiments";
      await visitor.open(own ? route : experiment(route), text);
    });

    it("prompts and a prompt", async () => {
      await visitor.open("/prompts", "greeting");
      await visitor.open("/prompts/greeting", "kindly.");
    });

    it("settings", () => visitor.open("/settings", "Theme preference"));
  });

  describe("the run table", () => {
    it("shows runs, filters and sorts them", async () => {
      const { page } = visitor;
      await visitor.open(experiment("/runs"), "16 matching runs");
      await visitor.keep("runs");
      const filter = page.getByPlaceholder(/metrics\.rmse/);
      await filter.fill('params.depth = "3"');
      await filter.press("Enter");
      await visitor.sees("2 matching runs");
      await visitor.open(
        experiment("/runs?orderByKey=metrics.%60accuracy%60&orderByAsc=false&searchFilter="),
        "16 matching runs",
      );
      await visitor.sees("Sort: accuracy");
    });

    it("adds columns", async () => {
      const { page } = visitor;
      await visitor.open(experiment("/runs"), "16 matching runs");
      await page.getByRole("button", { name: "Columns" }).click();
      await page.getByText("Parameters (3)").click();
      await page.keyboard.press("Escape");
      await visitor.sees("lbfgs");
    });

    it("draws charts", async () => {
      await visitor.open(experiment("/runs?compareRunsMode=CHART"), "Model metrics (2)");
      await visitor.page.locator(".js-plotly-plot .scatterlayer .trace").first().waitFor();
      await visitor.keep("charts");
    });

    it("compares runs", async () => {
      const runs = encodeURIComponent(JSON.stringify(made.runs.slice(0, 3)));
      await visitor.open(
        `/compare-runs?runs=${runs}&experiments=${encodeURIComponent(`["${made.experiment}"]`)}`,
        "Comparing 3 Runs",
      );
      await visitor.sees("attempt-02");
    });

    it("loads more runs", async () => {
      const { experiment_id } = (await app.post(`${mlflow}/experiments/create`, { name: "many" })).body;
      await app.db.query(
        `INSERT INTO runs (run_uuid, name, source_type, source_name, entry_point_name, user_id, status, start_time,
           source_version, lifecycle_stage, artifact_uri, experiment_id)
         SELECT md5(n::text), 'run-' || n, 'UNKNOWN', '', '', 'me', 'FINISHED', n, '', 'active', 'mlflow-artifacts:/many/' || n, $1
         FROM generate_series(1, 250) n`,
        [experiment_id],
      );
      await visitor.open(`/experiments/${experiment_id}/runs`, "run-250");
      await visitor.sees("100 matching runs");
      await visitor.page.locator(".ag-body-viewport").evaluate("(table) => table.scrollTo(0, 1e6)");
      await visitor.page.getByRole("button", { name: "Load more" }).click();
      await visitor.sees("200 matching runs");
    });
  });

  describe("a run", () => {
    it("shows what it has", async () => {
      await visitor.open(run(), "About this run");
      for (const text of ["iris-classifier", "flowers", "lbfgs", "system/cpu_utilization_percentage"])
        await visitor.sees(text);
      await visitor.keep("run");
    });

    it("draws its metrics", async () => {
      await visitor.open(run("/model-metrics"), "Model metrics (2)");
      await visitor.page.locator(".js-plotly-plot .scatterlayer .trace").first().waitFor();
      await visitor.open(run("/system-metrics"), "cpu_utilization_percentage");
      await visitor.page.locator(".js-plotly-plot .scatterlayer .trace").first().waitFor();
    });

    it("has a page of traces", () => visitor.open(run("/traces"), /trace/i));

    it.each([
      ["notes.txt", "a line of notes"],
      ["data/head.csv", "Previewing the first 20 rows"],
      ["config.json", '"depth"'],
      ["table.json", "View as table"],
    ])("previews %s", async (path, text) => {
      await visitor.open(run(`/artifacts/${path}`), text);
    });

    it("previews HTML, whose scripts can't reach the page", async () => {
      await visitor.open(run("/artifacts/report.html"), "report.html");
      const frame = visitor.page.frameLocator("iframe");
      await frame.locator("#shown").waitFor();
      expect(await visitor.page.locator("iframe").getAttribute("sandbox")).not.toContain("allow-same-origin");
    });

    it("previews an image and a PDF", async () => {
      await visitor.open(run("/artifacts/plots/petals.png"), "plots/petals.png");
      await visitor.page.locator("img[src^='blob:'], img[src^='data:image/png']").first().waitFor();
      await visitor.open(run("/artifacts/files/page.pdf"), "/ 1");
      await visitor.page.locator("canvas").first().waitFor();
    });

    it("downloads what it can't preview", async () => {
      await visitor.open(run("/artifacts/files/blob.bin"), "Select a file to preview");
      const download = visitor.page.waitForEvent("download");
      await visitor.page
        .locator("[data-component-id*='artifact'] >> nth=-1")
        .or(visitor.page.getByRole("button", { name: /download/i }))
        .first()
        .click();
      expect((await download).suggestedFilename()).toBe("blob.bin");
    });
  });

  describe("models", () => {
    it("are listed", async () => {
      await visitor.open("/models", "Try it now");
      await visitor.page.getByText("Try it now").click();
      await visitor.sees("iris-classifier");
      await visitor.sees("empty-model");
    });

    it("show their versions", async () => {
      await visitor.open("/models/iris-classifier", "Tells three flowers apart.");
      await visitor.sees("Version 2");
      await visitor.sees("champion");
      await visitor.keep("model");
    });

    const version = async () => {
      const { body } = await app.get(`${mlflow}/model-versions/get`, { name: "iris-classifier", version: "2" });
      return body.model_version;
    };

    it("are described and tagged in the page", async () => {
      const { page } = visitor;
      await visitor.open("/models/iris-classifier/versions/2", "Inputs (4)");
      await page.getByPlaceholder("Name").fill("grade");
      await page.getByPlaceholder("Value").fill("A");
      await page.getByRole("button", { name: "Add", exact: true }).click();
      await eventually(async () => (await version()).tags).toContainEqual({ key: "grade", value: "A" });
      await page.getByText("Edit", { exact: true }).first().click();
      await page.locator("textarea").first().fill("Edited in the page.");
      await page.getByRole("button", { name: "Save" }).click();
      await eventually(async () => (await version()).description).toBe("Edited in the page.");
    });

    it("are given an alias in the page", async () => {
      const { page } = visitor;
      await visitor.open("/models/iris-classifier/versions/2", "Inputs (4)");
      await page.locator("[aria-label*='alias' i], [title*='alias' i]").first().click();
      const box = page.getByRole("dialog").getByRole("combobox");
      await box.click();
      await box.pressSequentially("best");
      await box.press("Enter");
      await page.getByRole("button", { name: "Save aliases" }).click();
      await eventually(async () => (await version()).aliases).toEqual(["best", "champion"]);
    });

    it("change their stage in the page", async () => {
      const { page } = visitor;
      await visitor.open("/models/iris-classifier/versions/2", "Inputs (4)");
      await page.getByRole("switch", { name: "New model registry UI" }).click();
      await page.getByRole("dialog").getByRole("button", { name: "Disable" }).click();
      await page.getByText("None", { exact: true }).click();
      await page.getByText("Transition to").locator("visible=true").filter({ hasText: "Production" }).first().click();
      await page
        .getByRole("dialog")
        .getByRole("button", { name: /OK|Confirm/i })
        .click();
      await eventually(async () => (await version()).current_stage).toBe("Production");
    });
  });

  it("shows a logged model and its files", async () => {
    const model = experiment(`/models/${made.models[0]}`);
    await visitor.open(model, "About this logged model");
    await visitor.open(`${model}/artifacts`, "python_env.yaml");
    await visitor.page.getByText("MLmodel").click();
    await visitor.sees("artifact_path");
  });

  it("creates, renames and deletes an experiment", async () => {
    const { page } = visitor;
    const stage = async (name: string) => {
      const { body } = await app.get(`${mlflow}/experiments/get-by-name`, { experiment_name: name });
      return body.experiment?.lifecycle_stage;
    };
    await visitor.open("/experiments", "to-be-renamed");
    await page.getByRole("button", { name: "Create", exact: true }).click();
    await page.getByPlaceholder(/experiment name/i).fill("made-in-the-page");
    await page.getByRole("dialog").getByRole("button", { name: "Create" }).click();
    await eventually(() => stage("made-in-the-page")).toBe("active");
    const menu = async (item: string) => {
      await page.getByRole("button", { name: "Open header dropdown menu" }).click();
      await page.getByRole("menuitem", { name: item }).click();
    };
    const { body } = await app.get(`${mlflow}/experiments/get-by-name`, { experiment_name: "made-in-the-page" });
    await visitor.open(`/experiments/${body.experiment.experiment_id}/runs`, "No runs logged");
    await menu("Edit experiment");
    await page.getByRole("dialog").locator("input").first().fill("renamed-in-the-page");
    await page.getByRole("dialog").getByRole("button", { name: /save/i }).click();
    await eventually(() => stage("renamed-in-the-page")).toBe("active");
    await menu("Delete");
    await page
      .getByRole("dialog")
      .getByRole("button", { name: /delete/i })
      .click();
    await eventually(() => stage("renamed-in-the-page")).toBe("deleted");
  });
});
