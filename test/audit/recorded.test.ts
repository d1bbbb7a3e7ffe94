import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  adminPassword,
  as,
  asAdmin,
  basicSettings,
  makeUsers,
  password,
  type SignedIn,
} from "../identity/signed-in.ts";
import { type App, startApp } from "../support/app.ts";
import { TestTables } from "../support/tables.ts";
import { auditRows, consoleLines, deletedRun, eventsIn, until } from "./recording.ts";

const tables = new TestTables();
let app: App;
let ann: SignedIn;
let said: string[];
beforeAll(async () => {
  said = consoleLines();
  app = await startApp({ ...basicSettings, ...tables.settings, MLFLOW_AUTH_DEFAULT_PERMISSION: "MANAGE" });
  await asAdmin(app).get("/version");
  ann = (await makeUsers(app, ["ann"])).ann!;
});
let isOpen = true;
const close = async () => {
  if (isOpen) await app.close();
  isOpen = false;
};
afterAll(close);

const authorization = (name: string, secret = password) =>
  `Basic ${Buffer.from(`${name}:${secret}`).toString("base64")}`;
const rowsOf = (what: string) => async () => (await auditRows(tables)).filter((row) => row.what === what);
const linesOf = (what: string) => eventsIn(app.lines).filter(({ audit }) => audit === what);

describe("a deletion", () => {
  it("is a line in the log and a row, which say the same", async () => {
    const before = Date.now();
    const run = await deletedRun(app, {
      authorization: authorization("ann"),
      "x-forwarded-for": "203.0.113.7, 198.51.100.1:1234",
    });
    const [line, ...more] = linesOf("run.deleted");
    expect(more).toEqual([]);
    expect(line).toEqual({
      ...{ audit: "run.deleted", who: "ann", of: run, address: "198.51.100.1", detail: {}, count: 1 },
      ...{ time: expect.any(String), request_id: expect.stringMatching(/^[0-9a-f-]{36}$/) },
    });
    const [row] = await until(rowsOf("run.deleted"), ({ length }) => length === 1);
    const { what, who, of, address, request, detail, count, time } = row!;
    expect({ what, who, of, address, request, detail, count, time: time.toISOString() }).toEqual({
      ...{ what: line!.audit, who: "ann", of: run, address: "198.51.100.1", request: line!.request_id },
      ...{ detail: "{}", count: 1, time: line!.time },
    });
    expect(time.getTime()).toBeGreaterThanOrEqual(before);
    // The line of the event comes before the one of its request, both under the same id.
    const own = app.lines.filter((each) => each.includes(line!.request_id) && each.includes("run"));
    expect(own[0]).toContain('"audit":"run.deleted"');
  });

  it("that is refused leaves nothing", async () => {
    const before = linesOf("run.deleted").length;
    const { status } = await ann.send("POST", "/api/2.0/mlflow/runs/delete", { run_id: "f".repeat(32) });
    expect(status).toBe(404);
    expect(linesOf("run.deleted")).toHaveLength(before);
  });
});

describe("a name that someone chose", () => {
  it("can neither break a line nor fill the log", async () => {
    const name = `a\nb\u202e"${"c".repeat(200)}`;
    const { status } = await ann.send("POST", "/api/2.0/mlflow/registered-models/create", { name });
    expect(status).toBe(200);
    await ann.send("DELETE", "/api/2.0/mlflow/registered-models/delete", { name });
    const [line] = linesOf("registered-model.deleted");
    expect(line!.of).toBe(`a?b?"${"c".repeat(200)}`);
  });
});

describe("secrets", () => {
  it("are in no line and no row", async () => {
    const [first, second, wrong] = ["first password of bob", "second password of bob", "no password of bob"];
    const admin = asAdmin(app);
    await admin.send("POST", "/api/2.0/mlflow/users/create", { username: "bob", password: first });
    await admin.send("PATCH", "/api/2.0/mlflow/users/update-password", { username: "bob", password: second });
    const { body } = await as(app, "bob", second).send("POST", "/api/functions/tokens/create", { name: "nightly" });
    const token = body.token_value as string;
    expect(token).toMatch(/^mlfn_/);
    const own = { authorization: `Bearer ${token}` };
    await deletedRun(app, own);
    const tries = [
      own,
      { authorization: authorization("bob", wrong), "x-forwarded-for": wrong },
      // Tokens in the wrong place, one of them not whole.
      { authorization: authorization(token, "") },
      { authorization: authorization(token.slice(0, 20), "") },
      { authorization: "Bearer eyJwrong.eyJwrong.wrong" },
      { authorization: authorization("eyJwrong.eyJwrong.wrong", "") },
    ];
    const statuses = [];
    for (const headers of tries)
      statuses.push((await app.request("GET", "/api/2.0/mlflow/users/current", { headers })).status);
    expect(statuses).toEqual([200, ...Array(5).fill(401)]);
    await admin.send("DELETE", "/api/2.0/mlflow/users/delete", { username: "bob" });
    // What is counted is told before the process ends.
    await close();
    const rows = await auditRows(tables);
    const kinds = new Set(rows.map(({ what }) => what));
    for (const what of ["user.created", "user.password-changed", "token.created", "sign-in.refused", "run.deleted"])
      expect(kinds).toContain(what);
    const refused = (name: string) =>
      rows.flatMap(({ what, who, count }) => (what === "sign-in.refused" && who === name ? [count] : []));
    const sum = (counts: number[]) => counts.reduce((one, other) => one + other, 0);
    expect([sum(refused("bob")), sum(refused("-"))]).toEqual([1, 4]);
    const all = [...app.lines, ...said, JSON.stringify(rows)].join("\n");
    expect(eventsIn(said).map(({ audit }) => audit)).toContain("sign-in.refused");
    for (const secret of [first, second, wrong, password, adminPassword, token, token.slice(0, 20), "eyJwrong"])
      expect(all).not.toContain(secret);
  });
});
