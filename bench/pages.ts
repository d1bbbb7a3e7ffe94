/**
 * `npm run bench -- --pages`: MLflow's page in a browser with nothing cached, from navigation to the last row or curve.
 */
import { existsSync } from "node:fs";
import type { Browser, BrowserContext, Page, Request } from "playwright-core";
import { launch } from "../test/ui/browser.ts";
import { call } from "./client.ts";
import { median } from "./median.ts";
import { fillRun, numbers } from "./scenarios.ts";
import type { Servers } from "./servers.ts";

const api = "/api/2.0/mlflow";
const rows = 5000;
const runs = 100;
const steps = 1000;

interface Filled {
  table: string;
  charts: string;
}

async function fillPages(url: string): Promise<Filled> {
  const experiment = async (name: string): Promise<string> =>
    (await call({ url }, "POST", `${api}/experiments/create`, { name })).experiment_id!;
  const table = await experiment("5,000 runs");
  await inEights(rows, (index) => fillRun({ url }, table, index));
  const charts = await experiment("100 runs of 1,000 steps");
  await inEights(runs, async (index) => {
    const run_id = await fillRun({ url }, charts, index);
    const metrics = numbers(steps).map((step) => ({
      key: "loss",
      value: Math.exp(-step / (100 + index)) + Math.sin(step * index) / 50,
      timestamp: 1_700_000_000_000 + step * 1000,
      step,
    }));
    await call({ url }, "POST", `${api}/runs/log-batch`, { run_id, metrics });
  });
  return { table, charts };
}

async function inEights(count: number, work: (index: number) => Promise<unknown>): Promise<void> {
  const left = numbers(count);
  const worker = async () => {
    for (let index = left.pop(); index !== undefined; index = left.pop()) await work(index);
  };
  await Promise.all(numbers(8).map(worker));
}

/** What a browser remembers of the page: never files, so that each visit loads them anew. */
type State = Awaited<ReturnType<BrowserContext["storageState"]>>;

interface Visit {
  /** From navigation to what was waited for, in ms. */
  whole: number;
  /** The same requests of the API once more, one after the other and without a browser, in ms. */
  requests: number;
  /** Of everything that was loaded. */
  megabytes: number;
}

const lines = 'document.querySelectorAll("path.js-line").length';

const megabytes =
  'performance.getEntriesByType("resource").reduce((sum, { transferSize }) => sum + transferSize, 0) / 1e6';

async function replay(requests: readonly Request[]): Promise<number> {
  const started = performance.now();
  for (const request of requests) {
    const { "content-type": type } = request.headers();
    const headers = type ? { "content-type": type } : undefined;
    const answer = await fetch(request.url(), { method: request.method(), headers, body: request.postData() });
    await answer.arrayBuffer();
  }
  return performance.now() - started;
}

async function visit(browser: Browser, url: string, state: State | undefined, ready: (page: Page) => Promise<unknown>) {
  const context = await browser.newContext({ viewport: { width: 1400, height: 900 }, storageState: state });
  await context.addInitScript("performance.setResourceTimingBufferSize(2000)");
  const page = await context.newPage();
  const asked: Request[] = [];
  page.on("request", (request) => {
    if (/\/(ajax-api|graphql)/.test(request.url())) asked.push(request);
  });
  const started = performance.now();
  await page.goto(url);
  await ready(page);
  const whole = performance.now() - started;
  const loaded = await page.evaluate<number>(megabytes);
  const left = await context.storageState();
  await context.close();
  return { measured: { whole, requests: await replay(asked), megabytes: loaded }, left };
}

// As many lines as runs at least, and no more of them for three seconds.
const settled = `(() => {
  if (window.linesSeen !== ${lines}) [window.linesSeen, window.linesSince] = [${lines}, performance.now()];
  return window.linesSeen >= ${runs} && performance.now() - window.linesSince > 3000;
})()`;

const wait = { timeout: 120_000, polling: 20 };

const tableReady = (page: Page) =>
  page.waitForFunction(
    `/100 matching runs/.test(document.body.innerText) &&
      document.querySelectorAll(".ag-pinned-left-cols-container [role=row]").length > 15`,
    undefined,
    wait,
  );

const chartsReady = (count: number) => (page: Page) => page.waitForFunction(`${lines} >= ${count}`, undefined, wait);

/** Has the page show all runs, which it remembers; answers how many lines that are. */
async function showAll(browser: Browser, url: string): Promise<{ state: State; count: number }> {
  let count = 0;
  const { left } = await visit(browser, url, undefined, async (page) => {
    await page.waitForFunction(`${lines} > 0`, undefined, wait);
    await page.locator("[data-testid^=experiment-view-runs-visibility]").first().click();
    await page.getByText("Show all runs").click();
    await page.waitForFunction(settled, undefined, wait);
    count = await page.evaluate<number>(lines);
  });
  return { state: left, count };
}

const cell = (visits: Visit[]) => {
  const of = (name: keyof Visit) => median(visits.map((one) => one[name]));
  return `${Math.round(of("whole"))} | ${Math.round(of("requests"))} | ${of("megabytes").toFixed(1)}`;
};

async function comparePage(
  name: string,
  visitStock: () => Promise<Visit>,
  visitApp: () => Promise<Visit>,
  rounds: number,
) {
  const [stock, app]: [Visit[], Visit[]] = [[], []];
  for (let round = 0; round < rounds; round++) {
    stock.push(await visitStock());
    app.push(await visitApp());
  }
  const ratio = (part: "whole" | "requests") =>
    (median(stock.map((one) => one[part])) / median(app.map((one) => one[part]))).toFixed(1);
  console.log(`| ${name} | ${cell(stock)} | ${cell(app)} | ${ratio("whole")} | ${ratio("requests")} |`);
}

/** @throws Error where the page is not installed */
export async function comparePages(servers: Servers, rounds: number): Promise<void> {
  if (!existsSync("dist/ui/files.json")) throw new Error("The page is not in place: npm run ui");
  const stock = await servers.otherThroughApp(fillPages);
  const app = await fillPages(servers.app.url);
  const browser = await launch();
  try {
    console.log(
      "\n| Page | Stock: page ms | its requests ms | MB | This app: page ms | its requests ms | MB | Ratio of pages | of requests |\n|---|---|---|---|---|---|---|---|---|",
    );
    const table =
      (url: string, { table }: Filled) =>
      async () =>
        (await visit(browser, `${url}/#/experiments/${table}/runs`, undefined, tableReady)).measured;
    await comparePage(`Table of ${rows} runs`, table(servers.other.url, stock), table(servers.app.url, app), rounds);
    const charts = async (url: string, { charts }: Filled) => {
      const page = `${url}/#/experiments/${charts}/runs?compareRunsMode=CHART`;
      const { state, count } = await showAll(browser, page);
      return async () => (await visit(browser, page, state, chartsReady(count))).measured;
    };
    const [left, right] = [await charts(servers.other.url, stock), await charts(servers.app.url, app)];
    await comparePage(`Charts of ${runs} runs x ${steps} steps`, left, right, rounds);
  } finally {
    await browser.close();
  }
}
