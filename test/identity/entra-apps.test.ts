import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { App } from "../support/app.ts";
import {
  anApp,
  app,
  aUser,
  authority,
  editors,
  grant,
  keyOf,
  listed,
  read,
  rename,
  start,
  withEntra,
} from "./entra-callers.ts";

withEntra();

describe("an app or a managed identity", () => {
  it("needs an app role, a group or its id in the settings or the grants", async () => {
    expect(await read(await anApp())).toBe(403);
    expect(await read(await anApp({ groups: [editors] }))).toBe(200);
    expect(await read(await anApp({ oid: listed, sub: listed }))).toBe(200);
    expect(await read(await aUser({ oid: listed }))).toBe(403);
    const known = await anApp();
    await grant(keyOf(known, "app"), "experiment", "0", "READ");
    expect(await read(known)).toBe(200);
  });
});

describe("more groups than a token can name", () => {
  const leftOut = { _claim_names: { groups: "src1" }, _claim_sources: { src1: { endpoint: "https://graph" } } };

  it.each([leftOut, { hasgroups: true }])(
    "are not read as no groups where the settings map some: %j",
    async (claims) => {
      const { status, body } = await (await aUser({ roles: ["Reader"], ...claims })).get(
        "experiments/get?experiment_id=0",
      );
      expect(status).toBe(403);
      expect(body.message).toMatch(/more groups than a token can name.*app roles.*assigned to the application/);
      expect(app.lines.join("\n")).toContain("more groups than a token can name");
    },
  );

  it("do not matter to an admin, whom nothing is denied", async () => {
    expect(await read(await aUser({ roles: ["Admin"], ...leftOut }))).toBe(200);
  });

  it("matter elsewhere only once something is granted to a group of the tenant", async () => {
    const other = await start({ MLFLOW_FUNCTIONS_ENTRA_ROLES: "" });
    try {
      expect(await read(await aUser({ roles: ["Reader"], ...leftOut }, other))).toBe(200);
      await grant(`group:${crypto.randomUUID()}:${editors}`, "experiment", "0", "DENY", other);
      expect(await read(await aUser({ roles: ["Reader"], ...leftOut }, other))).toBe(200);
      await grant(`group:${authority.tenant}:${editors}`, "experiment", "0", "DENY", other);
      expect(await read(await aUser({ roles: ["Reader"], ...leftOut }, other))).toBe(403);
    } finally {
      await other.close();
    }
  });
});

describe("a role for everyone of the tenant", () => {
  let open: App;
  beforeAll(async () => {
    open = await start({ MLFLOW_FUNCTIONS_ENTRA_DEFAULT_ROLE: "Reader" });
  });
  afterAll(() => open.close());

  it("lets people in, and no apps: any of them can get a token", async () => {
    expect(await read(await aUser({}, open))).toBe(200);
    expect(await rename(await aUser({}, open), "0")).toBe(403);
    expect(await read(await anApp({}, open))).toBe(403);
  });
});

describe("what is remembered", () => {
  let small: App;
  beforeEach(async () => {
    small = await start();
  });
  afterEach(() => small.close());

  it("costs no statement: a caller is let in while the tables of principals are away", async () => {
    const reader = await aUser({ roles: ["Reader"] }, small);
    expect(await read(reader)).toBe(200);
    await small.db.query("ALTER SCHEMA mlflow_functions RENAME TO away");
    for (let times = 0; times < 3; times++) expect(await read(reader)).toBe(200);
    expect(await read(await aUser({ roles: ["Reader"] }, small))).toBe(500);
  });

  it("does not hide what the caller has created a moment ago", async () => {
    const user = await aUser({}, small);
    await grant(keyOf(user), "workspace", "*", "USE", small);
    const first = await user.post("experiments/create", { name: crypto.randomUUID() });
    const found = await user.post("experiments/search", { max_results: 10 });
    expect(found.body.experiments.map(({ experiment_id }: { experiment_id: string }) => experiment_id)).toEqual([
      first.body.experiment_id,
    ]);
  });
});

it("a database without the tables of principals says what to run", async () => {
  const lacking = await start();
  try {
    await lacking.db.query("DROP TABLE mlflow_functions.principal_roles");
    const { status, body } = await (await aUser({ roles: ["Reader"] }, lacking)).get("experiments/get?experiment_id=0");
    expect([status, body.error_code]).toEqual([503, "TEMPORARILY_UNAVAILABLE"]);
    expect(body.message).toContain("npm run migrate");
  } finally {
    await lacking.close();
  }
});
