/** The hooks that talk to the deployed app: here our own, with its sign-in by Entra, PostgreSQL and Blob Storage. */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { type App, startApp } from "../support/app.ts";
import { aDestination } from "../support/artifacts.ts";
import { type Authority, anAuthority } from "../support/authority.ts";
import { StandIn } from "./stand-in.ts";

// Each test starts several processes.
vi.setConfig({ testTimeout: 240_000 });

let authority: Authority;
let app: App;
let azure: StandIn;

beforeAll(async () => {
  authority = await anAuthority();
  app = await startApp({ MLFLOW_FUNCTIONS_AUTH: "entra", ...authority.settings, ...aDestination() });
});
afterAll(async () => {
  await app.close();
  await authority.close();
});

beforeEach(async () => {
  azure = await new StandIn().start();
  azure.env.MLFLOW_SIGN_IN_CLIENT_ID = authority.audience;
  azure.env.MLFLOW_TRACKING_URI = app.url;
  await azure.setToken("app-token", await authority.userToken({ roles: ["Admin"] }));
});
afterEach(() => azure.stop());

const count = async (table: "experiments" | "runs") =>
  Number((await app.db.query(`SELECT count(*) AS n FROM ${table}`)).rows[0].n);

/** The app behind something that answers its deep health as it likes, and that may refuse requests at first. */
async function behind(health: object[], refusals: string[] = []): Promise<Server> {
  const front = createServer(async (request, response) => {
    if (request.url === "/health?deep") {
      const next = health.length > 1 ? health.shift() : health[0];
      return void response.writeHead("ok" in next! ? 200 : 503).end(JSON.stringify(next));
    }
    const refused = refusals.shift();
    if (refused) return void response.writeHead(503).end(refused);
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const { authorization = "", "content-type": type = "text/plain" } = request.headers;
    const answer = await fetch(app.url + request.url, {
      method: request.method ?? "GET",
      headers: { authorization, "content-type": type },
      ...(chunks.length > 0 && { body: Buffer.concat(chunks) }),
    });
    response.writeHead(answer.status, { "content-type": "application/json" }).end(await answer.text());
  });
  await new Promise<void>((done) => front.listen(0, "127.0.0.1", done));
  azure.env.MLFLOW_TRACKING_URI = `http://127.0.0.1:${(front.address() as AddressInfo).port}`;
  return front;
}

const healthy = { status: "ok", checks: [{ name: "database", ok: true, message: "It answers." }] };
const failing = (message: string, mend: string) => ({
  status: "failing",
  checks: [
    { name: "database", ok: true, message: "It answers." },
    { name: "storage", ok: false, message, mend },
  ],
});

describe("postdeploy", () => {
  it("waits until the app is healthy, logs a run with a file by SAS, and says how to use it", async () => {
    const front = await behind([
      failing("The identity may not write.", "Give it Storage Blob Data Contributor."),
      failing("The identity may not write.", "Give it Storage Blob Data Contributor."),
      healthy,
    ]);
    const before = await count("runs");
    const { code, text } = await azure.hook("postdeploy");
    front.close();
    expect(code, text).toBe(0);
    expect(text).toContain("storage: The identity may not write. Mend: Give it Storage Blob Data Contributor.");
    const [, experiment, run] = /#\/experiments\/(\d+)\/runs\/(\w+)/.exec(text)!;
    expect(await count("runs")).toBe(before + 1);
    const { rows } = await app.db.query("SELECT status, experiment_id FROM runs WHERE run_uuid = $1", [run]);
    expect(rows).toEqual([{ status: "FINISHED", experiment_id: Number(experiment) }]);
    const authorization = `Bearer ${await authority.userToken({ roles: ["Admin"] })}`;
    const listed = await app.request("GET", `/api/2.0/mlflow/artifacts/list?run_id=${run}`, {
      headers: { authorization },
    });
    expect(listed.body.files).toEqual([{ path: "smoke-test.txt", is_dir: false, file_size: 44 }]);
    for (const line of [
      "pip install mlflow",
      `export MLFLOW_TRACKING_URI=${azure.env.MLFLOW_TRACKING_URI}`,
      `export MLFLOW_TRACKING_TOKEN=$(az account get-access-token --resource api://${authority.audience} --query accessToken --output tsv)`,
    ])
      expect(text.split("\n")).toContain(`  ${line}`);
    expect(text).not.toMatch(/sig=|eyJ/);
  });

  it("uses the same experiment again, restored where it was deleted, and survives a passing fault", async () => {
    let front = await behind([healthy], ["", "starting"]);
    expect((await azure.hook("postdeploy")).code).toBe(0);
    front.close();
    const experiments = await count("experiments");
    await app.db.query("UPDATE experiments SET lifecycle_stage = 'deleted' WHERE name LIKE 'smoke test%'");
    front = await behind([healthy]);
    expect((await azure.hook("postdeploy")).code).toBe(0);
    front.close();
    expect(await count("experiments")).toBe(experiments);
  });

  it("asks the app's own deep health", async () => {
    const { code, text } = await azure.hook("postdeploy");
    expect(code, text).toBe(0);
    expect(app.log.some(({ path, status }) => path.startsWith("/health") && status === 200)).toBe(true);
  });

  it("gives up with what is missing and how to mend it", async () => {
    const front = await behind([failing("The container is not there.", "az storage container create")]);
    const { code, text } = await azure.hook("postdeploy", { MLFLOW_SMOKE_TEST_SECONDS: "1" });
    front.close();
    expect([code, text]).toEqual([
      1,
      expect.stringContaining("The container is not there. Mend: az storage container"),
    ]);
    expect(text).toContain("given up after");
  });

  it("says that nobody answers", async () => {
    azure.env.MLFLOW_TRACKING_URI = "http://127.0.0.1:9";
    const { code, text } = await azure.hook("postdeploy", { MLFLOW_SMOKE_TEST_SECONDS: "1" });
    expect([code, text]).toEqual([1, expect.stringContaining("http://127.0.0.1:9 can't be reached")]);
  });

  it.each([
    ["a role that may not write", ["Reader"]],
    ["no role", []],
  ])("tells a deployer with %s to sign in again", async (_, roles) => {
    await azure.setToken("app-token", await authority.userToken({ roles }));
    const before = await count("runs");
    const { code, text } = await azure.hook("postdeploy");
    expect([code, text]).toEqual([1, expect.stringContaining("azd auth login && azd deploy")]);
    expect(await count("runs")).toBe(before);
  });
});

describe("predown", () => {
  const subnet = "/subscriptions/x/resourceGroups/rg-team/providers/Microsoft.Network/virtualNetworks/v/subnets/app";
  const site = "/subscriptions/x/resourceGroups/rg-team/providers/Microsoft.Web/sites/mlflow-team";

  it("says what is lost, as the app counts it", async () => {
    const front = await behind([healthy]);
    await azure.hook("postdeploy");
    front.close();
    azure.env.MLFLOW_TRACKING_URI = app.url;
    const [experiments, runs] = [await count("experiments"), await count("runs")];
    const { code, text } = await azure.hook("predown");
    expect(code, text).toBe(0);
    expect(text).toContain(`  ${experiments} experiments\n  ${runs} runs\n`);
    const [, bytes, files] = /^ {2}(\d+) bytes of artifacts in (\d+) files$/m.exec(text)!;
    expect(Number(bytes)).toBe(Number(files) * 44);
    expect(Number(files)).toBeGreaterThan(0);
    expect(text).toContain(`az ad app delete --id ${authority.audience}`);
    expect(azure.subscription.changes).toEqual([]);
  });

  it("says that it does not know where the app does not answer, and goes on", async () => {
    azure.env.MLFLOW_TRACKING_URI = "http://127.0.0.1:9";
    const { code, text } = await azure.hook("predown");
    expect([code, text]).toEqual([0, expect.stringContaining("How many is not known: the app does not answer.")]);
  });

  it.each([
    ["team", 0, ["DELETE networkConfig/virtualNetwork"]],
    ["yes", 1, []],
  ])("asks on a terminal, and changes nothing without the environment's name: %s", async (typed, code, changes) => {
    Object.assign(azure.env, { APP_RESOURCE_ID: site, APP_SUBNET_ID: subnet });
    const ran = await azure.hookOnTerminal("predown", typed);
    expect([ran.code, ran.text]).toEqual([code, expect.stringContaining('Type "team" to go on: ')]);
    expect(ran.text.includes("Nothing was deleted.")).toBe(code === 1);
    expect(azure.subscription.changes).toEqual(changes);
  });

  it("takes the app out of its network, and waits until the subnet is free", async () => {
    Object.assign(azure.env, { APP_RESOURCE_ID: site, APP_SUBNET_ID: subnet });
    const { code, text } = await azure.hook("predown");
    expect([code, text]).toEqual([0, expect.stringContaining("still in use (legionservicelink)")]);
    expect(text).toContain("The app has left its network.");
    expect(azure.subscription.changes).toEqual(["DELETE networkConfig/virtualNetwork"]);
  });

  it.each([
    ["there is no network", { APP_RESOURCE_ID: site, APP_SUBNET_ID: "" }],
    ["there is no app any more", { APP_RESOURCE_ID: site, APP_SUBNET_ID: subnet }],
  ])("leaves the network alone where %s", async (name, env) => {
    azure.subscription.hasApp = !name.includes("no app");
    expect((await azure.hook("predown", env)).code).toBe(0);
    expect(azure.subscription.changes).toEqual([]);
  });

  it("stops before anything is changed where there are delete locks, and names the commands", async () => {
    const id = "/subscriptions/x/providers/Microsoft.Authorization/locks/database";
    azure.subscription.locks = [{ id, properties: { level: "CanNotDelete" } }];
    Object.assign(azure.env, { APP_RESOURCE_ID: site, APP_SUBNET_ID: subnet });
    const { code, text } = await azure.hook("predown");
    expect([code, text]).toEqual([1, expect.stringContaining(`az lock delete --ids ${id}`)]);
    expect(azure.subscription.changes).toEqual([]);
  });
});
