import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { freeze, Stage } from "./faults/stage.ts";
import { type Answer, type App, startApp } from "./support/app.ts";
import { type Authority, anAuthority } from "./support/authority.ts";
import { withFronts } from "./support/storage-front.ts";

let stage: Stage;
let authority: Authority;
let fronts: Awaited<ReturnType<typeof withFronts>>;
let app: App;
let pids: { postgres: number; azurite: number };
let settings: Record<string, string>;
beforeAll(async () => {
  stage = await Stage.open();
  authority = await anAuthority();
  const [postgres, azurite] = await Promise.all([stage.postgres(["fsync=off"]), stage.azurite()]);
  pids = { postgres: postgres.pid, azurite: azurite.pid };
  fronts = await withFronts(azurite.connectionString);
  settings = {
    MLFLOW_FUNCTIONS_AUTH: "entra",
    ...authority.settings,
    MLFLOW_BACKEND_STORE_URI: postgres.uri,
    AZURE_STORAGE_CONNECTION_STRING: fronts.connectionString,
    AzureWebJobsStorage: fronts.connectionString,
  };
  app = await startApp(settings);
});
let thaw: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const undo of thaw) await undo();
  thaw = [];
  for (const front of [fronts.blob, fronts.table]) front.ahead = 0;
});
afterAll(async () => {
  await app.close();
  await fronts.close();
  await authority.close();
  await stage.close();
});

const names = ["database", "schema", "storage", "delegation key", "tables", "clock", "sign-in"];

const deep = (token?: string): Promise<Answer> =>
  app.request("GET", "/health?deep", token ? { headers: { authorization: `Bearer ${token}` } } : {});
const as = async (role: string) => deep(await authority.userToken({ roles: [role] }));
const failing = ({ body }: Answer): string[] =>
  body.checks.filter(({ ok }: { ok: boolean }) => !ok).map(({ name }: { name: string }) => name);
const check = ({ body }: Answer, name: string): { message: string; mend?: string } =>
  body.checks.find((each: { name: string }) => each.name === name);

/** Asks until just these checks fail: on a busy machine others may take too long for once. */
async function until(ask: () => Promise<Answer>, expected: string[]): Promise<Answer> {
  let last: Answer | undefined;
  const fails = async () => {
    last = await ask();
    return failing(last);
  };
  await expect.poll(fails, { timeout: 50_000, interval: 300 }).toEqual(expected);
  return last!;
}

describe("GET /health?deep", { timeout: 180_000 }, () => {
  it("tells an admin that all works, and where, without a secret", async () => {
    const answer = await until(() => as("Admin"), []);
    expect([answer.status, answer.body.status]).toEqual([200, "ok"]);
    expect(answer.body.checks.map(({ name }: { name: string }) => name)).toEqual(names);
    expect(check(answer, "storage").message).toContain("container 'mlflow'");
    expect(check(answer, "database").message).toContain("'mlflow'");
    expect(answer.headers.get("cache-control")).toBe("no-store");
    const [, key] = /AccountKey=([^;]+)/.exec(fronts.connectionString)!;
    for (const secret of [key!, new URL(settings.MLFLOW_BACKEND_STORE_URI!).password, "sig="])
      expect(answer.text).not.toContain(secret);
  });

  it("tells others what works, and no names", async () => {
    const answer = await until(() => as("Reader"), []);
    expect(answer.status).toBe(200);
    expect(answer.body.checks).toEqual(names.map((name) => ({ name, ok: true, message: "It works." })));
  });

  it("refuses who has not signed in, to whom the shallow one answers", async () => {
    for (const path of ["/health?deep", "/health?deep=1", "/health?deep=false"])
      expect((await app.request("GET", path)).status, path).toBe(401);
    expect((await deep("no.token.at-all")).status).toBe(401);
    expect((await deep(await authority.userToken())).status).toBe(403);
    const shallow = await app.request("GET", "/health");
    expect([shallow.status, shallow.text]).toEqual([200, "OK"]);
  });

  it("answers while database and storage are frozen, and afterwards that all works again", async () => {
    thaw = [await freeze(pids.postgres), await freeze(pids.azurite)];
    const [known, others] = await Promise.all([as("Admin"), deep(await authority.userToken({ roles: ["Editor"] }))]);
    expect((await app.request("GET", "/health")).status).toBe(200);
    expect(known.status).toBe(503);
    const away = ["database", "schema", "storage", "delegation key", "tables", "clock"];
    expect(failing(known)).toEqual(expect.arrayContaining(away));
    expect(check(known, "database").message).toMatch(/^The server at 127\.0\.0\.1:\d+ does not answer\.$/);
    expect(check(known, "storage")).toMatchObject({
      message: expect.stringMatching(/does not answer/),
      mend: expect.stringMatching(/privatelink\.blob\.core\.windows\.net/),
    });
    expect(others.status).toBe(503);
    expect(failing(others)).toEqual(["sign-in"]);
    expect(others.text).not.toContain("127.0.0.1");
    for (const undo of thaw) await undo();
    thaw = [];
    await until(() => as("Admin"), []);
  });

  it("says that the clock differs, by how much and from whose", async () => {
    fronts.blob.ahead = 3_600_000;
    const answer = await until(() => as("Admin"), ["clock"]);
    expect(answer.status).toBe(503);
    expect(check(answer, "clock").message).toMatch(/^The app's clock is 3\d{3} s behind that of storage\.$/);
    const told = (await as("Reader")).body.checks.find(({ name }: { name: string }) => name === "clock");
    expect(told).toEqual({ name: "clock", ok: false, message: "It does not work. Admins are told why." });
  });

  it("says that the authority of Entra can't be reached, to who is known already", async () => {
    const token = await authority.userToken({ roles: ["Admin"] });
    await until(() => deep(token), []);
    authority.mode = "error";
    const answer = await until(() => deep(token), ["sign-in"]).finally(() => {
      authority.mode = "keys";
    });
    expect(check(answer, "sign-in").message).toContain(`${authority.url} has no signing keys`);
  });
});

describe("GET /health?deep without sign-in", { timeout: 180_000 }, () => {
  const open = async (auth: string | undefined) => {
    const { MLFLOW_FUNCTIONS_AUTH: _, ...others } = settings;
    delete process.env.MLFLOW_FUNCTIONS_AUTH;
    return startApp({ ...others, ...(auth && { MLFLOW_FUNCTIONS_AUTH: auth }) }, "0.0.0.0");
  };

  it("is for everyone where everyone is served, and for nobody where nobody is", async () => {
    const served = await open("none");
    const answer = await until(() => served.request("GET", "/health?deep"), []);
    expect([answer.status, check(answer, "sign-in").message]).toEqual([200, expect.stringMatching(/everyone/)]);
    await served.close();
    const closed = await open(undefined);
    expect((await closed.request("GET", "/health?deep")).status).toBe(403);
    expect((await closed.request("GET", "/health")).status).toBe(200);
    await closed.close();
  });
});
