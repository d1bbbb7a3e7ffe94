import { describe, expect, it } from "vitest";
import { unlessDenied } from "../../shared/access/readable.ts";
import { inScope } from "../../shared/mlflow/scope.ts";
import { composed } from "../../shared/platform/db/composed.ts";
import type { Db } from "../../shared/platform/db/database.ts";
import { defaultScope, type Scope } from "../../shared/platform/db/scope.ts";
import { sql } from "../../shared/platform/db/sql.ts";
import { Access } from "../../shared/platform/identity/access.ts";

const never = () => Promise.reject(new Error("Nothing is sent here."));
const dbOf = (scope: Scope): Db => ({ query: never, text: never, scope });
const db = dbOf(defaultScope);

describe("a statement that is composed once", () => {
  it("has its values where they stand, each as often as it stands there, beside constants", () => {
    const statement = composed(
      (_, key, id) => sql`SELECT ${"constant"}, ${id}::text, ${key} WHERE ${id}::text IS NULL`,
    );
    expect(statement(db, "a", undefined)).toEqual({
      text: "SELECT $1, $2::text, $3 WHERE $4::text IS NULL",
      values: ["constant", undefined, "a", undefined],
    });
    expect(statement(db, "b", ["x"]).values).toEqual(["constant", ["x"], "b", ["x"]]);
  });

  it("is composed once for each caller's rights, and for each workspace", () => {
    let times = 0;
    const statement = composed((of, id) => {
      times += 1;
      return sql`SELECT ${unlessDenied(of, "logged_model", sql`models`)} FROM runs WHERE id = ${id} AND ${inScope(of)}`;
    });
    const grants = [{ type: "logged_model", pattern: "*", permission: "DENY" as const }];
    const denied = new Access({ isAdmin: false, fallback: "READ", mayCreate: false, grants });
    const all = [db, dbOf({ ...defaultScope }), dbOf({ ...defaultScope, access: denied }), db].map((each) =>
      statement(each, "1"),
    );
    expect(times).toBe(2);
    expect(all.map(({ text }) => text.slice(0, 14))).toEqual([
      "SELECT models ",
      "SELECT models ",
      "SELECT NULL FR",
      "SELECT models ",
    ]);
    expect(statement(dbOf({ ...defaultScope, workspace: "elsewhere" }), "1").values).toEqual(["1", "elsewhere"]);
    expect(statement(db, "1").values).toEqual(["1", "default"]);
  });

  it("refuses a value that is nowhere in it", () => {
    const statement = composed((_, id, _unused) => sql`SELECT ${id}`);
    expect(() => statement(db, "a", "b")).toThrow("Value 1 is not in the statement");
  });
});
