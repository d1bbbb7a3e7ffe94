import { describe, expect, it } from "vitest";
import { Access, type Grant, type Rights } from "../../shared/platform/identity/access.ts";

const accessOf = (grants: Grant[], rights: Partial<Rights> = {}) =>
  new Access({ isAdmin: false, fallback: "READ", mayCreate: true, grants, ...rights });

const grant = (type: string, pattern: string, permission: Grant["permission"]): Grant => ({
  type,
  pattern,
  permission,
});

const one = { type: "experiment", id: "1" };
const two = { type: "experiment", id: "2" };
const runs = { type: "run", id: "*" };

describe("a permission", () => {
  it.each<[string, Grant[], string]>([
    ["is the fallback where nothing is granted", [], "READ"],
    ["is the grant on the id", [grant("experiment", "1", "EDIT")], "EDIT"],
    ["is the grant on all", [grant("experiment", "*", "MANAGE")], "MANAGE"],
    ["is the highest of both", [grant("experiment", "1", "EDIT"), grant("experiment", "*", "USE")], "EDIT"],
    ["is the highest of several roles", [grant("experiment", "1", "USE"), grant("experiment", "1", "EDIT")], "EDIT"],
    ["is denied by a DENY on the id", [grant("experiment", "1", "DENY"), grant("experiment", "*", "MANAGE")], "DENY"],
    ["is denied by a DENY on all", [grant("experiment", "*", "DENY"), grant("experiment", "1", "MANAGE")], "DENY"],
    ["is not that of another resource", [grant("experiment", "2", "MANAGE")], "READ"],
    ["is not that of another type", [grant("registered_model", "1", "MANAGE")], "READ"],
    [
      "is MANAGE for who manages the workspace, whatever is denied",
      [grant("workspace", "*", "MANAGE"), grant("experiment", "1", "DENY")],
      "MANAGE",
    ],
  ])("%s", (_, grants, permission) => {
    expect(accessOf(grants).permissionOn(one)).toBe(permission);
  });

  it("does not fall below the fallback by a grant of less", () => {
    const access = accessOf([grant("experiment", "1", "READ")], { fallback: "EDIT" });
    expect(access.permissionOn(one)).toBe("EDIT");
  });

  it("is decided by the first resource on which something is granted", () => {
    const access = accessOf([grant("run", "*", "READ"), grant("experiment", "1", "MANAGE")]);
    expect(access.permissionOn(runs, one)).toBe("READ");
    expect(access.permissionOn({ type: "trace", id: "*" }, one)).toBe("MANAGE");
    expect(access.permissionOn(runs, two)).toBe("READ");
  });

  it("allows an action from its level on", () => {
    const access = accessOf([grant("experiment", "1", "EDIT")], { fallback: "NO_PERMISSIONS" });
    const allowed = (["read", "use", "update", "delete", "manage"] as const).filter((action) =>
      access.may(action, one),
    );
    expect(allowed).toEqual(["read", "use", "update"]);
    expect(access.may("read", two)).toBe(false);
  });
});

describe("what can be read of a type", () => {
  it.each<[string, Grant[], Partial<Rights>, object]>([
    ["is all by the fallback", [grant("experiment", "1", "MANAGE")], {}, { all: true }],
    [
      "is all but what is denied",
      [grant("experiment", "1", "DENY"), grant("experiment", "2", "READ")],
      {},
      { except: ["1"] },
    ],
    [
      "is what is granted",
      [grant("experiment", "1", "READ"), grant("experiment", "2", "DENY")],
      { fallback: "NO_PERMISSIONS" },
      { only: ["1"] },
    ],
    [
      "is nothing where all is denied",
      [grant("experiment", "1", "MANAGE"), grant("experiment", "*", "DENY")],
      {},
      { only: [] },
    ],
    ["is all by a grant on all", [grant("experiment", "*", "READ")], { fallback: "NO_PERMISSIONS" }, { all: true }],
    ["is all for an admin", [grant("experiment", "*", "DENY")], { isAdmin: true }, { all: true }],
  ])("%s", (_, grants, rights, reach) => {
    expect(accessOf(grants, rights).reach("experiment")).toEqual(reach);
  });
});

describe("creating", () => {
  it.each<[string, Grant[], Partial<Rights>, boolean]>([
    ["is open to whom it is given", [], {}, true],
    ["is not open to others", [], { mayCreate: false }, false],
    ["is given with the use of the workspace", [grant("workspace", "*", "USE")], { mayCreate: false }, true],
    ["ends with a DENY on the type", [grant("experiment", "*", "DENY")], {}, false],
    ["does not end with a DENY on one", [grant("experiment", "1", "DENY")], {}, true],
  ])("%s", (_, grants, rights, may) => {
    expect(accessOf(grants, rights).mayCreate("experiment")).toBe(may);
  });
});
