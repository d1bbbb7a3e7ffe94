import { execFile } from "node:child_process";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { mlflowVersion } from "../../shared/mlflow/version.ts";
import { venv } from "../acceptance/venv.ts";
import { theTrace } from "../trace-factories.ts";
import { describePage, eventually } from "./site.ts";

interface Assessment {
  assessment_name: string;
  feedback?: { value: unknown };
  expectation?: { value: unknown };
  rationale?: string;
  source: { source_type: string };
  valid: boolean;
}

describePage("a trace's assessments", {}, (site) => {
  const part = (name: string) => site.visitor.part(`shared.model-trace-explorer.${name}`).locator("visible=true");
  const open = async () => {
    const { experiment, trace } = site.made.traced;
    await site.visitor.open(`/experiments/${experiment}/traces?selectedEvaluationId=${trace}`, "look_up");
    await site.visitor.page.getByRole("button", { name: /^Assess trace/ }).click();
    await part("add-feedback").first().waitFor();
  };
  const choose = (item: string) => site.visitor.page.getByRole("menuitem", { name: item }).click();
  const changed = async (item: "Edit" | "Delete") => {
    await part("assessment-more-button").first().click();
    await choose(item);
  };
  const typed = async (type: "String" | "Number") => {
    await site.visitor.page.getByRole("combobox", { name: "Data Type" }).click();
    await site.visitor.page.getByRole("option", { name: type }).click();
  };
  /** Feedback of a name stands in one line for each value. */
  const expand = async (value: string) => {
    await site.visitor.page.getByRole("status").filter({ hasText: value }).first().waitFor();
    await part("toggle-assessment-expanded").first().click();
  };
  const confirmDelete = () => part("assessment-delete-modal.footer.ok").click();
  /** What get-trace answers of the assessments of a name. */
  const stored = async (name: string) => {
    const { assessments = [] } = await theTrace(site.app, site.made.traced.trace);
    return (assessments as Assessment[])
      .filter(({ assessment_name }) => assessment_name === name)
      .map(({ feedback, expectation, rationale = "", source, valid }) => {
        const value = feedback ? { feedback: feedback.value } : { expectation: expectation?.value };
        return { ...value, rationale, by: source.source_type, valid };
      });
  };
  const asClientReads = async () => {
    const python = join(await venv(mlflowVersion), "bin/python");
    const env = { ...process.env, MLFLOW_TRACKING_URI: site.app.url, MLFLOW_DISABLE_TELEMETRY: "true" };
    const read = [resolve("test/ui/assessments.py"), site.made.traced.trace];
    return JSON.parse((await promisify(execFile)(python, read, { env })).stdout);
  };
  const byClient = { feedback: true, rationale: "It is short.", by: "CODE", valid: true };

  it("an expectation is added, edited and deleted", async () => {
    const { page } = site.visitor;
    await open();
    await part("add-expectation").click();
    await page.getByPlaceholder("Enter an expectation name").fill("is-mild");
    await page.getByText("False", { exact: true }).locator("visible=true").click();
    await site.visitor.press("Create");
    const made = { expectation: false, rationale: "", by: "HUMAN", valid: true };
    await eventually(() => stored("is-mild")).toEqual([made]);
    await part("expectation-array-item-tag").getByText("false").first().waitFor();

    await changed("Edit");
    await part("assessment-edit-value-boolean-input").getByText("True", { exact: true }).click();
    await part("assessment-edit-save-button").click();
    await eventually(() => stored("is-mild")).toEqual([{ ...made, expectation: true }]);
    await part("expectation-array-item-tag").getByText("true").first().waitFor();

    await changed("Delete");
    await confirmDelete();
    await eventually(() => stored("is-mild")).toEqual([]);
    await site.visitor.sees("Add a custom expectation to this trace.");
    expect(await stored("helpful")).toEqual([byClient]);
  });

  it("feedback of the client is edited, which keeps what it was, and deleted", async () => {
    await open();
    await expand("True");
    await site.visitor.sees("It is short.");
    await changed("Edit");
    await part("assessment-edit-value-boolean-input").getByText("False", { exact: true }).click();
    await part("assessment-edit-rationale-input").fill("It is too short.");
    await part("assessment-edit-save-button").click();
    const edited = { feedback: false, rationale: "It is too short.", by: "HUMAN", valid: true };
    await eventually(() => stored("helpful")).toEqual([{ ...byClient, valid: false }, edited]);
    await expand("False");
    await site.visitor.sees("(edited)");

    await changed("Delete");
    await confirmDelete();
    await eventually(() => stored("helpful")).toEqual([byClient]);
    await expand("True");
    await site.visitor.sees("It is short.");
  });

  it("feedback of each type and a note are added, and the client reads them", async () => {
    const { page } = site.visitor;
    await open();
    for (const [name, type, value] of [
      ["tone", "String", "kind"],
      ["stars", "Number", "4.5"],
    ] as const) {
      await part("add-feedback").first().click();
      await choose("Human feedback");
      await page.getByPlaceholder("Enter a feedback name").fill(name);
      await typed(type);
      await part(`assessment-value-${type.toLowerCase()}-input`).fill(value);
      await part("assessment-rationale-input").fill(`Since it is ${value}.`);
      await site.visitor.press("Create");
      const feedback = type === "Number" ? Number(value) : value;
      const made = { feedback, rationale: `Since it is ${value}.`, by: "HUMAN", valid: true };
      await eventually(() => stored(name)).toEqual([made]);
    }
    await part("assessment-notes-input").fill("A note.");
    await part("assessment-notes-save").click();
    const note = { feedback: "A note.", rationale: "", by: "HUMAN", valid: true };
    await eventually(() => stored("mlflow.notes")).toEqual([note]);
    const human = { source: "HUMAN", valid: true, overrides: false };
    expect(await asClientReads()).toEqual([
      { ...human, name: "helpful", value: true, rationale: "It is short.", source: "CODE" },
      { ...human, name: "mlflow.notes", value: "A note.", rationale: "" },
      { ...human, name: "stars", value: 4.5, rationale: "Since it is 4.5." },
      { ...human, name: "tone", value: "kind", rationale: "Since it is kind." },
    ]);
  });
});
