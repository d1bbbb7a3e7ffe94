import { describe, it } from "vitest";
import { describePage, eventually, mlflow } from "./site.ts";

const name = "churn-classifier";

describePage("models", {}, (site) => {
  it("are listed", async () => {
    await site.visitor.open("/models", name);
    await site.visitor.press("Try it now");
    await site.visitor.sees("fraud-detector");
    await site.visitor.sees("@ challenger");
  });

  it("show their versions", async () => {
    await site.visitor.open(`/models/${name}`, "Tells which customers will leave next month.");
    await site.visitor.sees("Version 3");
    await site.visitor.sees("challenger");
    await site.visitor.keep("model");
  });

  it("show a version's own page", async () => {
    await site.visitor.open(`/models/${name}/versions/1`, "The first one in production.");
    await site.visitor.page.getByText(/Inputs ?\(3\)/).click();
    await site.visitor.sees("tenure");
  });

  describe("are changed in the page:", () => {
    const open = () => site.visitor.open(`/models/${name}/versions/2`, /Inputs ?\(3\)/);
    const version = async () =>
      (await site.app.get(`${mlflow}/model-versions/get`, { name, version: "2" })).body.model_version;

    it("a tag", async () => {
      const { page } = site.visitor;
      await open();
      await page.getByPlaceholder("Name").fill("grade");
      await page.getByPlaceholder("Value").fill("A");
      await page.getByRole("button", { name: "Add", exact: true }).click();
      await eventually(async () => (await version()).tags).toContainEqual({ key: "grade", value: "A" });
    });

    it("a description", async () => {
      const { page } = site.visitor;
      await open();
      await page.getByText("Edit", { exact: true }).first().click();
      await page.locator("textarea").first().fill("Edited in the page.");
      await page.getByRole("button", { name: "Save" }).click();
      await eventually(async () => (await version()).description).toBe("Edited in the page.");
    });

    it("an alias", async () => {
      const { page } = site.visitor;
      await open();
      await page.locator("[aria-label*='alias' i], [title*='alias' i]").first().click();
      const box = page.getByRole("dialog").getByRole("combobox");
      await box.click();
      await box.pressSequentially("best");
      await box.press("Enter");
      await page.getByRole("button", { name: "Save aliases" }).click();
      await eventually(async () => (await version()).aliases).toEqual(["best", "champion"]);
    });

    it("a stage", async () => {
      const { page } = site.visitor;
      await open();
      await page.getByRole("switch", { name: "New model registry UI" }).click();
      await site.visitor.press("Disable");
      await page.getByText("None", { exact: true }).click();
      await page.getByText("Transition to").locator("visible=true").filter({ hasText: "Production" }).first().click();
      await site.visitor.press(/OK|Confirm/i);
      await eventually(async () => (await version()).current_stage).toBe("Production");
    });
  });
});
