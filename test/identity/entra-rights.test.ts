import { describe, expect, it } from "vitest";
import {
  anApp,
  anExperiment,
  app,
  aRole,
  aUser,
  authority,
  grant,
  keyOf,
  read,
  rename,
  status,
  team,
  withEntra,
} from "./entra-callers.ts";

withEntra();

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
