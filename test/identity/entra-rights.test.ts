import type { JWTPayload } from "jose";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Answer, type App, startApp } from "../support/app.ts";
import { type Authority, anAuthority } from "../support/authority.ts";

let app: App;
let authority: Authority;
const [editors, team, listed] = [crypto.randomUUID(), crypto.randomUUID(), crypto.randomUUID()];
const roles = [`group:${editors}=Editor`, `group:${team}=team`, `app:${listed}=Reader`, "Team=team"].join(", ");
/** What is set stays in the environment of the apps after it. */
const unset = { MLFLOW_FUNCTIONS_ENTRA_DEFAULT_ROLE: "", MLFLOW_FUNCTIONS_ENTRA_ROLES: roles };
const start = (env: Record<string, string> = {}) =>
  startApp({ MLFLOW_FUNCTIONS_AUTH: "entra", ...authority.settings, ...unset, ...env });

beforeAll(async () => {
  authority = await anAuthority();
  app = await start();
});
afterAll(async () => {
  await app.close();
  await authority.close();
});

interface Caller {
  oid: string;
  get(path: string): Promise<Answer>;
  post(path: string, body: object): Promise<Answer>;
}

const asking = (token: string, oid: string, on: App): Caller => {
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  const api = (path: string) => `/api/2.0/mlflow/${path}`;
  return {
    oid,
    get: (path) => on.request("GET", api(path), { headers }),
    post: (path, body) => on.request("POST", api(path), { headers, body: JSON.stringify(body) }),
  };
};

async function aUser(claims: JWTPayload = {}, on = app): Promise<Caller> {
  const oid = crypto.randomUUID();
  return asking(await authority.userToken({ oid, ...claims }), oid, on);
}

async function anApp(claims: JWTPayload = {}, on = app): Promise<Caller> {
  const oid = crypto.randomUUID();
  return asking(await authority.appToken({ oid, sub: oid, ...claims }), oid, on);
}

const keyOf = ({ oid }: Caller, kind = "user") => `${kind}:${authority.tenant}:${oid}`;
const grant = (principal: string, type: string, pattern: string, permission: string, on = app) =>
  on.db.query(
    "INSERT INTO mlflow_functions.principal_permissions (principal, resource_type, resource_pattern, permission) VALUES ($1, $2, $3, $4)",
    [principal, type, pattern, permission],
  );
const status = async (answer: Promise<Answer>) => (await answer).status;
const read = (caller: Caller, id = "0") => status(caller.get(`experiments/get?experiment_id=${id}`));
const rename = (caller: Caller, id: string) =>
  status(caller.post("experiments/update", { experiment_id: id, new_name: crypto.randomUUID() }));

async function anExperiment(): Promise<string> {
  const admin = await aUser({ roles: ["Admin"] });
  return (await admin.post("experiments/create", { name: crypto.randomUUID() })).body.experiment_id;
}

async function aRole(name: string, id: string, permission: string): Promise<number> {
  const { rows } = await app.db.query(
    "INSERT INTO roles (name, workspace) VALUES ($1, 'default') ON CONFLICT (workspace, name) DO UPDATE SET name = $1 RETURNING id",
    [name],
  );
  await app.db.query(
    "INSERT INTO role_permissions (role_id, resource_type, resource_pattern, permission) VALUES ($1, 'experiment', $2, $3)",
    [rows[0].id, id, permission],
  );
  return rows[0].id;
}

describe("app roles", () => {
  it("Reader reads all, and changes and creates nothing", async () => {
    const reader = await aUser({ roles: ["Reader"] });
    const id = await anExperiment();
    expect(await read(reader, id)).toBe(200);
    expect(await rename(reader, id)).toBe(403);
    expect(await status(reader.post("experiments/create", { name: crypto.randomUUID() }))).toBe(403);
    expect(await status(reader.post("registered-models/create", { name: crypto.randomUUID() }))).toBe(403);
  });

  it("Editor edits all, creates, and deletes what it has created and nothing else", async () => {
    const editor = await aUser({ roles: ["Editor"] });
    const other = await anExperiment();
    expect(await rename(editor, other)).toBe(200);
    expect(await status(editor.post("experiments/delete", { experiment_id: other }))).toBe(403);
    const made = await editor.post("experiments/create", { name: crypto.randomUUID() });
    expect(made.status).toBe(200);
    const { rows } = await app.db.query(
      "SELECT resource_type, resource_pattern, permission FROM mlflow_functions.principal_permissions WHERE principal = $1",
      [keyOf(editor)],
    );
    expect(rows).toEqual([
      { resource_type: "experiment", resource_pattern: made.body.experiment_id, permission: "MANAGE" },
    ]);
    expect(await status(editor.post("experiments/delete", { experiment_id: made.body.experiment_id }))).toBe(200);
  });

  it("Admin does everything", async () => {
    const admin = await aUser({ roles: ["Admin"] });
    const id = await anExperiment();
    expect(await status(admin.post("experiments/delete", { experiment_id: id }))).toBe(200);
    expect(await status(admin.get("nothing/here"))).toBe(404);
    expect(await status((await aUser({ roles: ["Editor"] })).get("nothing/here"))).toBe(403);
  });

  it("count only as they are spelled", async () => {
    expect(await read(await aUser({ roles: ["admin", "READER"] }))).toBe(403);
  });

  it("may stand for a role that is kept beside the grants", async () => {
    const id = await anExperiment();
    const members = [
      await aUser({ roles: ["Team"] }),
      await aUser({ groups: [team] }),
      await anApp({ groups: [team] }),
    ];
    for (const member of members) expect(await read(member, id)).toBe(403);
    await aRole("team", id, "READ");
    for (const member of members) expect(await read(member, id)).toBe(200);
    expect(await read(await aUser(), id)).toBe(403);
  });
});

describe("someone with neither a role nor a grant", () => {
  it("is refused, is told under which name something can be granted, and is noted", async () => {
    const stranger = await aUser({ preferred_username: "who@example.com" });
    const { status, body } = await stranger.get("experiments/get?experiment_id=0");
    expect([status, body.error_code]).toEqual([403, "PERMISSION_DENIED"]);
    expect(body.message).toContain(keyOf(stranger));
    const noted = () =>
      app.db.query("SELECT kind, display FROM mlflow_functions.principals WHERE key = $1", [keyOf(stranger)]);
    expect((await noted()).rows).toEqual([{ kind: "user", display: "who@example.com" }]);
  });

  it("is refused by what needs no permission either", async () => {
    const stranger = await aUser();
    expect(await status(stranger.post("experiments/search", { max_results: 1 }))).toBe(403);
    expect(await status(stranger.get("nothing/here"))).toBe(403);
  });

  it("stays refused where all that is granted is a DENY", async () => {
    const stranger = await aUser();
    await grant(keyOf(stranger), "experiment", "0", "DENY");
    expect(await status(stranger.post("experiments/search", { max_results: 1 }))).toBe(403);
  });
});

describe("grants", () => {
  it("to a user hold from the next request, for what they name, and let nothing be created", async () => {
    const [id, other] = [await anExperiment(), await anExperiment()];
    const user = await aUser();
    expect(await read(user, id)).toBe(403);
    await grant(keyOf(user), "experiment", id, "EDIT");
    expect([await read(user, id), await rename(user, id), await read(user, other)]).toEqual([200, 200, 403]);
    const { body } = await user.post("experiments/search", { max_results: 100 });
    expect(body.experiments.map(({ experiment_id }: { experiment_id: string }) => experiment_id)).toEqual([id]);
    expect(await status(user.post("experiments/create", { name: crypto.randomUUID() }))).toBe(403);
    await grant(keyOf(user), "workspace", "*", "USE");
    expect(await status(user.post("experiments/create", { name: crypto.randomUUID() }))).toBe(200);
  });

  it("to a group or an app role hold for whoever has it", async () => {
    const id = await anExperiment();
    const group = crypto.randomUUID();
    await grant(`group:${authority.tenant}:${group}`, "experiment", id, "READ");
    await grant("app-role:Analyst", "experiment", id, "EDIT");
    const [member, analyst] = [await aUser({ groups: [group] }), await aUser({ roles: ["Analyst"] })];
    expect([await read(member, id), await rename(member, id)]).toEqual([200, 403]);
    expect([await read(analyst, id), await rename(analyst, id)]).toEqual([200, 200]);
    expect(await read(await aUser({ groups: [crypto.randomUUID()] }), id)).toBe(403);
  });

  it("of roles hold for the principals that have the role", async () => {
    const id = await anExperiment();
    const role = await aRole(`role-${id}`, id, "READ");
    const user = await aUser();
    await app.db.query("INSERT INTO mlflow_functions.principal_roles (principal, role_id) VALUES ($1, $2)", [
      keyOf(user),
      role,
    ]);
    expect(await read(user, id)).toBe(200);
  });

  it("of DENY to a group narrow what an app role gives", async () => {
    const id = await anExperiment();
    const group = crypto.randomUUID();
    await grant(`group:${authority.tenant}:${group}`, "experiment", id, "DENY");
    const editor = await aUser({ roles: ["Editor"], groups: [group] });
    expect([await read(editor), await read(editor, id)]).toEqual([200, 404]);
  });

  it("of a user of another tenant with the same object id are another's", async () => {
    const user = await aUser();
    await grant(`user:${crypto.randomUUID()}:${user.oid}`, "experiment", "0", "READ");
    await grant(`app:${authority.tenant}:${user.oid}`, "experiment", "0", "READ");
    expect(await read(user)).toBe(403);
  });

  it("may name a model whose name is as long as names may be", async () => {
    const editor = await aUser({ roles: ["Editor"] });
    const name = "m".repeat(256);
    expect(await status(editor.post("registered-models/create", { name }))).toBe(200);
    expect(await status(editor.get(`registered-models/get?name=${name}`))).toBe(200);
  });
});

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
