import { expect, it } from "vitest";
import { describePage, mlflow } from "./site.ts";

describePage("the run table", {}, (site) => {
  /** The names in the order in which they stand; the table's elements have another. */
  const names = async (): Promise<string[]> =>
    site.visitor.page.evaluate(`[...document.querySelectorAll(".ag-pinned-left-cols-container [role=row]")]
      .sort((a, b) => a.getAttribute("row-index") - b.getAttribute("row-index")).map((row) => row.querySelector("a").innerText)`);
  const open = (query = "") => site.visitor.open(site.experiment(`/runs${query}`), "16 matching runs");
  const curve = () => site.visitor.page.locator(".js-plotly-plot .scatterlayer .trace").first().waitFor();

  it("shows runs, adds columns and sorts by them", async () => {
    const { page } = site.visitor;
    await open();
    expect((await names())[0]).toBe("out-of-memory");
    await page.getByRole("button", { name: "Columns" }).click();
    for (const name of ["Source", "Dataset", "val_accuracy", "val_loss", "learning_rate", "hidden_units"])
      await page.locator(`[title="${name}"]`).click();
    await page.keyboard.press("Escape");
    for (const order of ["DESC", "ASC"]) {
      await page.getByTestId("sort-header-val_accuracy").click();
      const { body } = await site.app.post(`${mlflow}/runs/search`, {
        experiment_ids: [site.made.experiment],
        order_by: [`metrics.val_accuracy ${order}`],
      });
      const sorted = body.runs.map(({ info }: { info: { run_name: string } }) => info.run_name);
      await expect.poll(names).toEqual(sorted);
      if (order === "DESC") await site.visitor.keep("runs");
    }
    await site.visitor.sees("Sort: val_accuracy");
  });

  it("filters them", async () => {
    await open();
    const filter = site.visitor.page.getByPlaceholder(/metrics\.rmse/);
    await filter.fill('params.hidden_units = "64"');
    await filter.press("Enter");
    await site.visitor.sees("6 matching runs");
    await filter.fill("params.hidden_units ==== 1");
    await filter.press("Enter");
    await site.visitor.sees("Request error");
    expect(await site.visitor.problems()).toEqual([
      expect.stringMatching(/^400 POST .*runs\/search$/),
      "the page says: Request error",
    ]);
    await filter.fill("");
    await filter.press("Enter");
    await site.visitor.sees("16 matching runs");
  });

  it("loads more runs", async () => {
    const { experiment_id } = (await site.app.post(`${mlflow}/experiments/create`, { name: "many" })).body;
    await site.app.db.query(
      `WITH made AS (
         INSERT INTO runs (run_uuid, name, source_type, source_name, entry_point_name, user_id, status, start_time,
           source_version, lifecycle_stage, artifact_uri, experiment_id)
         SELECT md5(n::text), 'run-' || n, 'UNKNOWN', '', '', 'me', 'FINISHED', n, '', 'active', 'mlflow-artifacts:/many/' || n, $1
         FROM generate_series(1, 250) n RETURNING run_uuid, name)
       INSERT INTO tags (key, value, run_uuid) SELECT 'mlflow.runName', name, run_uuid FROM made`,
      [experiment_id],
    );
    await site.visitor.open(`/experiments/${experiment_id}/runs`, "run-250");
    await site.visitor.sees("100 matching runs");
    await site.visitor.page.evaluate('document.querySelector(".ag-body-viewport").scrollTo(0, 1e6)');
    await site.visitor.press("Load more");
    await site.visitor.sees("200 matching runs");
  });

  it("draws charts", async () => {
    await site.visitor.open(
      site.experiment("/runs?compareRunsMode=CHART&orderByKey=metrics.%60val_accuracy%60&orderByAsc=false"),
      /Model metrics ?\(4\)/,
    );
    await curve();
    await site.visitor.page.locator(".js-plotly-plot .scatterlayer .trace").nth(20).waitFor({ state: "attached" });
    await site.visitor.keep("charts");
  });

  it("compares runs", async () => {
    const runs = encodeURIComponent(JSON.stringify(site.made.runs.slice(0, 3)));
    const experiments = encodeURIComponent(JSON.stringify([site.made.experiment]));
    await site.visitor.open(`/compare-runs?runs=${runs}&experiments=${experiments}`, "Comparing 3 Runs");
    await site.visitor.sees("mlp-64-lr0.03");
    await site.visitor.sees("hidden_units");
    // All have an artifact in common: without one the page's own script fails, on a stock server too.
    await site.visitor.sees("summary.txt");
  });

  it("shows what a run has", async () => {
    await site.visitor.open(site.run(), "About this run");
    for (const text of ["churn-classifier", "retention", "adam", "system/cpu_utilization_percentage", "customers"])
      await site.visitor.sees(text);
  });

  it("shows a dataset", async () => {
    await site.visitor.open(site.run(), "About this run");
    await site.visitor.page.getByText("customers").locator("visible=true").first().click();
    await site.visitor.sees("num rows: 400");
    await site.visitor.sees("tenure");
  });

  it("draws a run's metrics", async () => {
    await site.visitor.open(site.run("/model-metrics"), /Model metrics ?\(4\)/);
    await curve();
    await site.visitor.open(site.run("/system-metrics"), "cpu_utilization_percentage");
    await curve();
  });

  it("has a page of a run's traces", () => site.visitor.open(site.run("/traces"), /trace/i));
});
