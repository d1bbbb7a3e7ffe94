/** Which routes the audit log knows, and that the guide lists what it has of them. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { routesWithSql } from "../../cli/sql-statements.ts";
import { allRoutes } from "../../functions/main.ts";
import { Done } from "../../functions/tokens/page.ts";
import { auditOf, tokenRevoked } from "../../functions/tokens/tokens.ts";
import { Reply } from "../../shared/platform/http/reply.ts";
import type { Answer, Audited, Route } from "../../shared/platform/http/route.ts";
import { documentedEvents } from "./events.ts";

const nameOf = ({ method, path }: Route) => `${method} ${path}`;
const served = (await allRoutes()).filter(({ notServed }) => notServed === undefined);
const audited = served.filter(({ audit }) => audit);

/** What changes rights, takes something away, brings it back, or says which version of a model serves. */
const isOfInterest = ({ method, path, may }: Route) =>
  method !== "GET" &&
  (may.changesRights ||
    may.grants ||
    method === "DELETE" ||
    /(^|\/)(users|roles|tokens)(\/|$)/.test(path) ||
    /\/(delete(-[a-z]+)?|restore|transition-stage|alias|revoke)$/.test(path));

const notAudited: [reason: string, routes: RegExp][] = [
  ["What someone makes is theirs, and creations are not audited.", /^POST 2\.0\/mlflow\/experiments\/create$/],
  ["Tags are not audited.", /\/(delete(-experiment)?-tag|tags(\/:tag_key)?)$/],
];
const reasonOf = (route: Route) => notAudited.find(([, routes]) => routes.test(nameOf(route)))?.[0];

const token = {
  ...{ id: 4, name: "nightly", owner: "alice", read_only: true, role: "readers", last_used_time: null },
  ...{ creation_time: 1_700_000_000_000, expiration_time: 1_800_000_000_000 },
};
const rolePermission = { id: 5, role_id: 3, resource_type: "experiment", resource_pattern: "1", permission: "EDIT" };
const permissionText = JSON.stringify({ role_permission: rolePermission });

/** Inputs of the routes that have no example for `npm run sql`. */
const inputs: Record<string, object> = {
  "POST /api/functions/tokens/create": { name: "nightly", role: "readers", read_only: true },
  "DELETE /api/functions/tokens/revoke": { id: 4 },
  "POST /account/tokens": {},
  "POST /account/tokens/revoke": {},
  "DELETE 2.0/mlflow-artifacts/artifacts/**:artifact_path": { artifact_path: "1/abc/artifacts/model.pkl" },
};

/** The answers of those routes that are audited by them; `{}` of others. */
const answers: Record<string, Answer> = {
  "POST 3.0/mlflow/roles/create": JSON.stringify({ role: { id: 3, name: "readers" } }),
  "POST 3.0/mlflow/roles/permissions/add": permissionText,
  "PATCH 3.0/mlflow/roles/permissions/update": permissionText,
  "POST 3.0/mlflow/traces/delete-traces": { traces_deleted: 2 },
  "POST 2.0/mlflow/traces/delete-traces": { traces_deleted: 2 },
  "POST /api/functions/tokens/create": { token, token_value: "mlfn_secret" },
  "POST /account/tokens": new Done(new Reply(200, {}, "mlfn_secret"), auditOf(token)),
  "POST /account/tokens/revoke": new Done(new Reply(303), tokenRevoked({ id: 4 })),
};

const examples = new Map((await routesWithSql()).map(({ route, example }) => [nameOf(route), example?.input]));

function eventOf(route: Route, answer = answers[nameOf(route)] ?? {}): Audited | undefined {
  const input = route.input.parse(inputs[nameOf(route)] ?? examples.get(nameOf(route)));
  return route.audit?.(input, answer);
}

const documented = documentedEvents();
/** What the pipeline itself records, whatever the route. */
const ofRequests = ["Sign-in"];

describe("what the audit log keeps of routes", () => {
  it("is something of each that changes rights or takes something away, or there is a reason", () => {
    const without = served.filter((route) => isOfInterest(route) && !route.audit);
    expect(without.filter((route) => !reasonOf(route)).map(nameOf)).toEqual([]);
    expect(served.filter((route) => route.audit && reasonOf(route)).map(nameOf)).toEqual([]);
    for (const [reason] of notAudited) expect(without.map(reasonOf)).toContain(reason);
  });

  it.each(audited.map((route) => [nameOf(route), route] as const))(
    "%s: is an event of the guide's table",
    (_, route) => {
      const event = eventOf(route)!;
      expect([...documented.values()].flat()).toContain(event.what);
      expect(event.of).toMatch(/^\S+$/);
      expect(JSON.stringify(event)).not.toMatch(/correct horse|mlfn_secret|undefined/);
    },
  );

  it("is beside what the pipeline records in the guide's table", () => {
    const recorded = readFileSync("shared/platform/audit/audit.ts", "utf8").matchAll(/what: "([a-z.-]+)"/g);
    const names = [...recorded].map(([, name]) => name!);
    expect(names.toSorted()).toEqual(ofRequests.flatMap((group) => documented.get(group)!).toSorted());
  });

  it("is all that the guide's table has", () => {
    const found = new Set(audited.map((route) => eventOf(route)!.what));
    const listed = [...documented].filter(([group]) => !ofRequests.includes(group)).flatMap(([, events]) => events);
    expect(listed.toSorted()).toEqual([...found].toSorted());
  });

  it("tells what was done to what", () => {
    const of = (name: string, answer?: Answer) => eventOf(served.find((route) => nameOf(route) === name)!, answer);
    expect(of("POST 2.0/mlflow/registered-models/alias")).toEqual({
      what: "alias.set",
      of: "iris@champion",
      detail: { version: "1" },
    });
    expect(of("POST 2.0/mlflow/model-versions/transition-stage")).toEqual({
      what: "model-version.transitioned",
      of: "iris/1",
      detail: { stage: "Production", archives: true },
    });
    expect(of("POST 3.0/mlflow/users/permissions/grant")).toEqual({
      what: "permission.granted",
      of: "experiment/1",
      detail: { user: "alice", permission: "EDIT" },
    });
    expect(of("POST /api/functions/tokens/create")).toEqual({
      what: "token.created",
      of: "4",
      detail: { name: "nightly", role: "readers", read_only: true, expires: "2027-01-15T08:00:00.000Z" },
    });
    expect(of("PATCH 3.0/mlflow/roles/permissions/update")).toEqual({
      what: "role-permission.updated",
      of: "5",
      detail: { role: 3, type: "experiment", resource: "1", permission: "EDIT" },
    });
  });

  it("is nothing where nothing was done", () => {
    const of = (name: string, answer: Answer) => eventOf(served.find((route) => nameOf(route) === name)!, answer);
    expect(of("POST 3.0/mlflow/traces/delete-traces", { traces_deleted: 0 })).toBeUndefined();
    expect(of("POST /account/tokens", new Reply(400, {}, "refused"))).toBeUndefined();
    expect(of("POST /account/tokens/revoke", new Reply(404))).toBeUndefined();
  });
});
