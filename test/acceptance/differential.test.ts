import { mkdir, writeFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { explained } from "./differential/explained.ts";
import { judge, type Verdict } from "./differential/judge.ts";
import { readable, table } from "./differential/report.ts";
import { groups } from "./differential/requests/index.ts";
import { type Result, runGroup, Side } from "./differential/run.ts";
import { unsaved } from "./differential/send.ts";
import { startCandidate, startReference } from "./differential/servers.ts";

const chosen = Object.entries(groups).filter(
  ([name]) => process.env.DIFFERENTIAL_GROUPS?.split(",").includes(name) ?? true,
);
const stopping: (() => Promise<void>)[] = [];
const results = new Map<string, Result[]>();
const verdicts = new Map<string, Verdict>();

beforeAll(async () => {
  const [stock, other] = await Promise.all([startReference(), startCandidate()]);
  stopping.push(stock.stop, other.stop);
  const [left, right] = [new Side(stock.url), new Side(other.url)];
  for (const [name, requests] of chosen) {
    const found = await runGroup(requests, left, right);
    results.set(name, found);
    verdicts.set(name, judge(found, explained));
  }
  await mkdir("test/output", { recursive: true });
  await writeFile("test/output/differential.json", JSON.stringify(Object.fromEntries(results), showBigInt, 1));
  console.log(table(verdicts));
}, 600_000);

afterAll(() => Promise.all(stopping.map((stop) => stop())));

const showBigInt = (_: string, value: unknown) => (typeof value === "bigint" ? `${value}` : value);

describe("stock MLflow and this app, asked the same", () => {
  test("requests use what earlier ones saved", () => {
    expect(Object.values(groups).flatMap(unsaved)).toEqual([]);
  });

  test("the list is long and its names are unique", () => {
    const names = Object.values(groups).flatMap((requests) => requests.map(({ name }) => name));
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
    expect(names.length).toBeGreaterThanOrEqual(300);
  });

  test.each(chosen.map(([name]) => name))("%s: no unexplained difference", (name) => {
    const { unexplained } = verdicts.get(name)!;
    expect(unexplained.map(readable).join("\n\n")).toBe("");
  });

  test("every explained difference is still one", () => {
    const complete = chosen.length === Object.keys(groups).length && process.env.DIFFERENTIAL_AGAINST !== "stock";
    expect(complete ? judge([...results.values()].flat(), explained).stale : []).toEqual([]);
  });
});
