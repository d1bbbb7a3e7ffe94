import { it } from "vitest";
import { describePage, eventually, mlflow } from "./site.ts";

describePage("an experiment", {}, (site) => {
  const named = async (name: string) => {
    const { rows } = await site.app.db.query("SELECT * FROM experiments WHERE name = $1", [name]);
    return rows[0];
  };
  const stage = async (name: string) => (await named(name))?.lifecycle_stage;
  const menu = async (item: string) => {
    await site.visitor.press("Open header dropdown menu");
    await site.visitor.page.getByRole("menuitem", { name: item }).click();
  };

  it("is created in the page", async () => {
    await site.visitor.open("/experiments", "churn-prediction");
    await site.visitor.press("Create");
    await site.visitor.page.getByPlaceholder(/experiment name/i).fill("made-in-the-page");
    await site.visitor.press("Create");
    await eventually(() => stage("made-in-the-page")).toBe("active");
  });

  it("is renamed and deleted in the page", async () => {
    const { body } = await site.app.post(`${mlflow}/experiments/create`, { name: "before" });
    await site.visitor.open(`/experiments/${body.experiment_id}/runs`, "No runs logged");
    await menu("Edit experiment");
    await site.visitor.page.getByRole("dialog").locator("input").first().fill("after");
    await site.visitor.press(/save/i);
    await eventually(() => stage("after")).toBe("active");
    await site.visitor.sees("after");
    await menu("Delete");
    await site.visitor.press(/delete/i);
    await eventually(() => stage("after")).toBe("deleted");
  });
});
