import { execFile } from "node:child_process";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { mlflowVersion } from "../../shared/mlflow/version.ts";
import { venv } from "../acceptance/venv.ts";
import type { App } from "../support/app.ts";
import { theTrace } from "../trace-factories.ts";
import { describePage, eventually } from "./site.ts";

/** What fill-traces.py made. */
interface Made {
  experiment: string;
  /** The ids of `ticket 000` and those after it; each began a second after the one before. */
  traces: string[];
  /** A trace with an image in its inputs, whose bytes are in hex. */
  picture: { experiment: string; trace: string; content: string };
}

let made: Made;
const prepare = async ({ url }: App) => {
  const python = join(await venv(mlflowVersion), "bin/python");
  const env = { ...process.env, MLFLOW_TRACKING_URI: url, MLFLOW_DISABLE_TELEMETRY: "true" };
  const { stdout } = await promisify(execFile)(python, [resolve("test/ui/fill-traces.py")], { env });
  made = JSON.parse(stdout.trim().split("\n").at(-1)!);
};

const ticket = (index: number) => `ticket ${String(index).padStart(3, "0")}`;
const tickets = (...indexes: number[]) => indexes.map(ticket);
/** `count` tickets from one on, newest first. */
const newest = (from: number, count = 25) => Array.from({ length: count }, (_, index) => ticket(from - index));

describePage("the list of traces", { prepare }, (site) => {
  const table = (name: string) => site.visitor.part(`web-shared.traces-table.${name}`).locator("visible=true");
  const open = () => site.visitor.open(`/experiments/${made.experiment}/traces`, ticket(59));
  /** The questions that are listed, in their order. */
  const listed = async () => {
    const inputs = await site.visitor.page.getByText(/^\{"question": /).allInnerTexts();
    return inputs.map((text) => JSON.parse(text).question as string);
  };
  const search = async (text: string) => {
    const box = site.visitor.page.getByRole("combobox", { name: /full text search/ });
    await box.fill(text);
    await box.press("Enter");
  };
  const removeFilter = () => site.visitor.part("mlflow.unified-search.remove-filter").first().click();
  const select = async (...traces: string[]) => {
    for (const id of traces) await site.visitor.page.getByLabel(`Select trace ${id}`).first().click();
    await site.visitor.sees(`Actions (${traces.length})`);
  };
  const act = async (action: string) => {
    await site.visitor.page.getByRole("button", { name: "Actions for selected traces" }).click();
    await site.visitor.page.getByRole("menuitem", { name: action }).click();
  };
  const range = async (option: string) => {
    await site.visitor.part("mlflow.traces-v4.date-selector.trigger").click();
    await site.visitor.page.getByRole("option", { name: option }).click();
  };

  it("is narrowed by filters", async () => {
    await open();
    for (const [filter, found] of [
      ["tag.team = 'billing'", tickets(47, 27, 7)],
      ["state = 'ERROR'", tickets(36, 11)],
      ["latency >= 60 ms", [ticket(47), "of three days ago"]],
    ] as const) {
      await search(filter);
      await eventually(listed).toEqual(found);
      await removeFilter();
      await eventually(listed).toEqual(newest(59));
    }
  });

  it("says that a filter is refused, and why", async () => {
    await open();
    await search("tag.5 = 'x'");
    await site.visitor.sees("Invalid clause(s) in filter string");
    // The page asks several times.
    expect(new Set(await site.visitor.problems())).toEqual(
      new Set([`400 POST ${site.url}/ajax-api/3.0/mlflow/traces/search`, "the page says: Couldn't load"]),
    );
    await removeFilter();
    await eventually(listed).toEqual(newest(59));
  });

  it("is searched, sorted and paged", async () => {
    const { page } = site.visitor;
    await open();
    await search("about TICKET 04");
    await eventually(listed).toEqual(newest(49, 10));
    await search("");
    await eventually(listed).toEqual(newest(59));
    await table("pagination.next").click();
    await eventually(listed).toEqual(newest(34));
    await table("pagination.next").click();
    await eventually(listed).toEqual([...newest(9, 10), "of three days ago"]);
    await table("pagination.prev").click();
    await eventually(listed).toEqual(newest(34));
    const { body } = await site.app.post("/api/3.0/mlflow/traces/search", {
      locations: [{ type: "MLFLOW_EXPERIMENT", mlflow_experiment: { experiment_id: made.experiment } }],
      order_by: ["execution_time DESC"],
      max_results: 25,
    });
    const slowest = body.traces.map(({ request_preview }: { request_preview: string }) => JSON.parse(request_preview));
    await page
      .getByRole("columnheader", { name: /^Duration/ })
      .getByRole("button", { name: "Column options" })
      .click();
    await page.getByRole("menuitem", { name: "Sort descending" }).click();
    await eventually(listed).toEqual(slowest.map(({ question }: { question: string }) => question));
  });

  it("holds what began in the time range", async () => {
    await open();
    await site.visitor.sees("25 of 61 traces");
    await range("Last 24 hours");
    await site.visitor.sees("25 of 60 traces");
    await site.visitor.page.getByRole("columnheader", { name: /^Time/ }).getByRole("button", { name: "Sort" }).click();
    await eventually(async () => (await listed())[0]).toBe(ticket(0));
    await range("All");
    await eventually(async () => (await listed())[0]).toBe("of three days ago");
    await site.visitor.sees("25 of 61 traces");
  });

  it("adds a tag to what is selected", async () => {
    const { page } = site.visitor;
    await open();
    await select(made.traces[58]!);
    await act("Edit tags");
    const dialog = page.getByRole("dialog", { name: "Add/Edit tags" });
    await dialog.getByRole("combobox").click();
    await page.keyboard.type("severity");
    await page.keyboard.press("Enter");
    await dialog.getByPlaceholder("Type a value").fill("high");
    await dialog.getByRole("button", { name: "Add tag" }).click();
    await dialog.getByRole("button", { name: "Save tags" }).click();
    const tags = async () => (await theTrace(site.app, made.traces[58]!)).tags;
    await eventually(tags).toMatchObject({ team: "support", severity: "high" });
    await search("tag.severity = 'high'");
    await eventually(listed).toEqual([ticket(58)]);
  });

  it("deletes what is selected", async () => {
    await open();
    const left = async () => {
      const { rows } = await site.app.db.query("SELECT request_id FROM trace_info WHERE experiment_id = $1", [
        made.experiment,
      ]);
      return rows.map(({ request_id }) => request_id);
    };
    const before = await left();
    const gone = [made.traces[57]!, made.traces[55]!];
    await select(...gone);
    await act("Delete");
    await site.visitor.press(/delete/i);
    await eventually(async () => new Set(await left())).toEqual(new Set(before.filter((id) => !gone.includes(id))));
    await eventually(async () => (await listed()).slice(0, 4)).toEqual(tickets(59, 58, 56, 54));
  });

  it("leads to a trace whose image comes from the artifacts", async () => {
    const { experiment, trace, content } = made.picture;
    await site.visitor.open(`/experiments/${experiment}/traces`, "A teal page.");
    await site.visitor.page.getByText("A teal page.").first().click();
    const image = site.visitor.page.getByRole("img", { name: /^Attachment / });
    await image.waitFor();
    const size = `(({ naturalWidth, naturalHeight }) => [naturalWidth, naturalHeight])(document.querySelector('img[alt^="Attachment "]'))`;
    await eventually(() => site.visitor.page.evaluate(size)).toEqual([40, 30]);
    const asked = site.visitor.answers.map((answer) => answer.url()).find((url) => /artifact\?.*path=/.test(url))!;
    expect(asked).toContain(`request_id=${trace}&`);
    const bytes = Buffer.from(await (await fetch(asked)).arrayBuffer());
    expect(bytes.toString("hex")).toBe(content);
  });
});
