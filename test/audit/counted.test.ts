import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { times } from "../factories.ts";
import { asAdmin, basicSettings, experimentOf, makeUsers, password, type SignedIn } from "../identity/signed-in.ts";
import { type App, startApp } from "../support/app.ts";
import { TestTables } from "../support/tables.ts";
import { auditRows, consoleLines, eventsIn, until } from "./recording.ts";

const tables = new TestTables();
let app: App;
let users: Record<string, SignedIn>;
let said: string[];
beforeAll(async () => {
  app = await startApp({ ...basicSettings, ...tables.settings, MLFLOW_AUTH_DEFAULT_PERMISSION: "READ" });
  await asAdmin(app).get("/version");
  users = await makeUsers(app, ["ann", "bob"]);
});
afterAll(() => app.close());

/** Ten seconds into the minute before this one. */
const lastMinute = () => (Math.floor(Date.now() / 60_000) - 1) * 60_000 + 10_000;
const standStill = () => vi.useFakeTimers({ toFake: ["Date"], now: lastMinute() });

beforeEach(() => {
  said = consoleLines();
  standStill();
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

/** A minute later, a request that has nothing to do with it. */
async function nextMinute(): Promise<void> {
  vi.setSystemTime(Date.now() + 60_000);
  await app.get("/health");
  vi.useRealTimers();
}

async function recorded(what: string) {
  const lines = eventsIn(said).filter(({ audit }) => audit === what);
  const rows = await until(
    async () => (await auditRows(tables)).filter((row) => row.what === what),
    ({ length }) => length >= lines.length,
  );
  return { lines, rows };
}

const attempt = (name: string, secret: string, address: string) =>
  app.request("GET", "/api/2.0/mlflow/experiments/get?experiment_id=0", {
    headers: {
      authorization: `Basic ${Buffer.from(`${name}:${secret}`).toString("base64")}`,
      "x-forwarded-for": address,
    },
  });

describe("refused sign-ins", () => {
  it("are one line and one row for a minute, a user and an address", async () => {
    const statuses: number[] = [];
    await times(20, async (worker) => {
      for (let index = 0; index < 50; index++)
        statuses.push((await attempt("ann", `wrong ${worker} ${index}`, "203.0.113.1")).status);
    });
    expect(new Set(statuses)).toEqual(new Set([401, 429]));
    await attempt("ann", "wrong", "203.0.113.2");
    await attempt("someone else", "wrong", "203.0.113.2");
    // Neither is a refused sign-in: nothing is presented, and what is presented is right.
    expect((await app.get("/api/2.0/mlflow/experiments/get", { experiment_id: "0" })).status).toBe(401);
    expect((await attempt("bob", password, "203.0.113.1")).status).toBe(200);
    expect(await auditRows(tables).then((rows) => rows.filter(({ what }) => what === "sign-in.refused"))).toEqual([]);
    await nextMinute();
    const { lines, rows } = await recorded("sign-in.refused");
    const expected = [
      ["ann", "203.0.113.1", 1_000],
      ["ann", "203.0.113.2", 1],
      ["someone else", "203.0.113.2", 1],
    ];
    expect(lines.map(({ who, address, count }) => [who, address, count])).toEqual(expected);
    expect(rows.map(({ who, address, count }) => [who, address, count])).toEqual(expect.arrayContaining(expected));
    expect(rows).toHaveLength(3);
  }, 240_000);

  it("are none where the page signs out", async () => {
    await attempt("mlflow-logged-out-1", "mlflow-logged-out-1", "203.0.113.3");
    await nextMinute();
    expect(eventsIn(said).filter(({ audit }) => audit === "sign-in.refused")).toEqual([]);
  });
});

describe("denied requests", () => {
  it("are told with the route and what was asked for, once a minute", async () => {
    const { ann, bob } = users;
    vi.useRealTimers();
    const [one, two] = [await experimentOf(ann!, "one of ann"), await experimentOf(ann!, "another of ann")];
    standStill();
    const deleted = async (experiment: string) =>
      (await bob!.send("POST", "/api/2.0/mlflow/experiments/delete", { experiment_id: experiment })).status;
    const statuses = [await deleted(one), await deleted(one), await deleted(two), await deleted(one)];
    expect(statuses).toEqual([403, 403, 403, 403]);
    expect((await bob!.send("POST", "/api/2.0/mlflow/no/such", {})).status).toBe(403);
    await nextMinute();
    const { lines, rows } = await recorded("request.denied");
    const route = "POST 2.0/mlflow/experiments/delete";
    expect(lines).toMatchObject([
      { who: "bob", of: one, detail: { route }, count: 3 },
      { who: "bob", of: two, detail: { route }, count: 1 },
      { who: "bob", of: "-", detail: { route: "unknown" }, count: 1 },
    ]);
    expect(rows).toHaveLength(3);
  });
});
