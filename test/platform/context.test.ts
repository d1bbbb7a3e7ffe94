import { describe, expect, it } from "vitest";
import { parseConfig } from "../../shared/platform/config.ts";
import { makeContext } from "../../shared/platform/context.ts";

const primary = { MLFLOW_BACKEND_STORE_URI: "postgresql://127.0.0.1:1/one" };
const contextOf = (environment: Record<string, string>) => makeContext(parseConfig(environment));

describe("makeContext", () => {
  it("opens one database, for reading too where there is no replica", () => {
    const context = contextOf(primary);
    expect(context.readDatabase()).toBe(context.database());
    expect(context.database()).toBe(context.database());
  });

  it("reads from the replica where one is set", () => {
    const context = contextOf({ ...primary, MLFLOW_READ_REPLICA_BACKEND_STORE_URI: "postgresql://127.0.0.1:1/two" });
    expect(context.readDatabase()).not.toBe(context.database());
    expect(context.readDatabase()).toBe(context.readDatabase());
  });

  it("shares nothing with another context", () => {
    expect(contextOf(primary).database()).not.toBe(contextOf(primary).database());
  });

  it("names the setting where no database is set, to those who need one", () => {
    const context = contextOf({});
    expect(() => context.database()).toThrow(/^MLFLOW_BACKEND_STORE_URI is not set/);
  });
});
