import { expect, it } from "vitest";
import { seen } from "./browser.ts";
import { Chart, patience } from "./charts.ts";
import { describePage } from "./site.ts";

/** The figures follow from the list of talks in assistant.py. */
describePage("the dashboard of an assistant", {}, (site) => {
  const open = (tab: string) =>
    site.visitor.open(`/experiments/${site.made.assistant.experiment}/overview/${tab}`, "Last 7 days");
  const chart = (heading: string, nth?: number) => new Chart(site.visitor.page, heading, nth);
  const shows = async (charts: Record<string, string[]>) => {
    for (const [heading, texts] of Object.entries(charts)) await chart(heading).shows(...texts);
  };
  const says = async (label: string, charts: Record<string, string[]>) => {
    for (const [heading, figures] of Object.entries(charts)) await chart(heading).says(label, ...figures);
  };
  const choose = async (present: string, other: string) => {
    const { page } = site.visitor;
    await page.getByText(present, { exact: true }).locator("visible=true").first().click();
    await page.getByText(other, { exact: true }).locator("visible=true").last().click();
  };
  const begin = () => site.made.assistant.traces.map(({ started }) => started);
  const intervals = (seconds: number, times: number[]) => new Set(times.map((time) => Math.floor(time / seconds))).size;
  /** The axis' label of the day three days ago: intervals begin at midnight UTC, and labels are in local time. */
  const thatDay = () => {
    const day = new Date(Math.floor(begin()[5]! / 86_400) * 86_400_000);
    return `${day.getMonth() + 1}/${day.getDate()}`;
  };

  it("has the usage of a week, and of each day", async () => {
    await open("usage");
    await shows({
      Traces: ["Traces\n7\n"],
      Latency: ["2.57s"],
      Errors: ["2 (Overall error rate: 28.6%)"],
      "Token Usage": ["19.00K (16.00K input, 3.00K output)"],
      "Tokens per Trace": ["2.71K avg per trace"],
      "Cost Breakdown": ["≈$0.03616", "gpt-4o94%", "gpt-4o-mini6%"],
      "Cost Over Time": ["≈$0.03616"],
    });
    await says(thatDay(), {
      Traces: ["Requests: 2"],
      Latency: ["p50: 3.50s", "p90: 4.70s", "p99: 4.97s"],
      Errors: ["Error Count: 1", "Error Rate: 50.0%"],
      "Token Usage": ["Input Tokens: 8.00K", "Output Tokens: 1.60K"],
      "Tokens per Trace": ["p50: 4.80K", "p90: 4.80K", "p99: 4.80K"],
      "Cost Over Time": ["gpt-4o: ≈$0.00", "gpt-4o-mini: ≈$0.00216"],
    });
    await chart("Cost Breakdown").press("Provider");
    await chart("Cost Breakdown").shows("≈$0.03616", "openai100%");
  });

  it("has the usage of other times", async () => {
    const ranges = [
      ["Last hour", "3", "2.00s", "0 (Overall error rate: 0.0%)", "7.20K (6.00K input, 1.20K output)", "≈$0.027"],
      ["Last 24 hours", "5", "2.20s", "1 (Overall error rate: 20.0%)", "9.40K (8.00K input, 1.40K output)", "≈$0.034"],
      [
        "Last 30 days",
        "8",
        "3.00s",
        "2 (Overall error rate: 25.0%)",
        "25.00K (21.00K input, 4.00K output)",
        "≈$0.05866",
      ],
    ] as const;
    await open("usage");
    let present = "Last 7 days";
    for (const [range, count, latency, errors, tokens, cost] of ranges) {
      await choose(present, range);
      present = range;
      await shows({
        Traces: [`Traces\n${count}\n`],
        Latency: [latency],
        Errors: [errors],
        "Token Usage": [tokens],
        "Cost Breakdown": [cost],
      });
    }
  });

  it("has the usage of one user", async () => {
    const { page } = site.visitor;
    await open("usage");
    await page.getByText("Filters", { exact: true }).click();
    await page.getByPlaceholder("Enter value").fill("ann");
    await page.getByText("Apply filters", { exact: true }).click();
    await shows({
      Traces: ["Traces\n4\n"],
      Latency: ["2.00s"],
      Errors: ["0 (Overall error rate: 0.0%)"],
      "Token Usage": ["12.00K (10.00K input, 2.00K output)"],
      "Cost Breakdown": ["≈$0.02808"],
    });
  });

  it("has the usage in other intervals", async () => {
    await open("usage");
    const week = begin().slice(0, 7);
    await expect.poll(chart("Traces").bars, patience).toBe(intervals(86_400, week));
    await site.visitor.part("mlflow.experiment.overview.time-unit-selector").first().click();
    await site.visitor.page.getByText("Hour", { exact: true }).locator("visible=true").last().click();
    await expect.poll(chart("Traces").bars, patience).toBe(intervals(3_600, week));
    await chart("Traces").shows("Traces\n7\n");
    const asked = site.visitor.answers.map((answer) => answer.request().postData() ?? "");
    expect(asked.filter((body) => body.includes('"time_interval_seconds":3600'))).not.toEqual([]);
  });

  it("has what the assessments say", async () => {
    await open("quality");
    // The summary names them first.
    const of = (name: string) => chart(name, 1);
    await of("correct").says("true", "count: 3");
    await of("correct").says("false", "count: 1");
    await of("score").shows("2.50 avg score");
    for (const score of ["1.0", "2.0", "3.0", "4.0"]) await of("score").says(score, "count: 1");
    await chart("Moving average over time").says(thatDay(), "score: 2.00");
    await of("solved").says('"partly"', "count: 1");
    await choose("Last 7 days", "Last 30 days");
    await of("correct").says("false", "count: 2");
  });

  it("has calls of tools, their times and errors", async () => {
    await open("tool-calls");
    const totals = [/6\s+Total Tool Calls/, /600\.00ms\s+Avg Latency/, /66\.67%\s+Success Rate/, /2\s+Failed Calls/];
    const rows = [
      ["find_order", "2", "100.00%", "500.00ms"],
      ["find_stock", "2", "50.00%", "500.00ms"],
      ["find_country", "2", "50.00%", "800.00ms"],
    ];
    const text = () => seen(site.visitor.page.getByRole("tabpanel"));
    for (const total of totals) await expect.poll(text, patience).toMatch(total);
    for (const row of rows) await expect.poll(text, patience).toContain(row.join("\n"));
    await says(thatDay(), {
      "Tool Usage Over Time": ["find_country: 2", "find_order: 0"],
      "Latency Comparison": ["find_country: 800.00ms"],
    });
    await chart("find_country", -1).says(thatDay(), "Error Rate: 50.00%");
    await choose("Last 7 days", "Last 30 days");
    await expect.poll(text, patience).toContain(["find_shop", "1", "100.00%", "1.00s"].join("\n"));
  });

  it("stands beside an overview, which counts traces and evaluations", async () => {
    const { experiment, evaluated } = site.made.assistant;
    const counts = () => seen(site.visitor.page.locator("body"));
    await site.visitor.open(`/experiments/${experiment}/overview`, "View traces");
    await expect.poll(counts, patience).toContain("TRACE\n8\ntraces");
    await site.visitor.open(`/experiments/${evaluated.experiment}/overview`, "View eval runs");
    await expect.poll(counts, patience).toContain("TRACE\n4\ntraces");
    await expect.poll(counts, patience).toContain("EVAL/TEST\n2\neval runs");
  });
});
