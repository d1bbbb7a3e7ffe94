import { describe, expect, inject, it } from "vitest";
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

  it("keeps an outage of one context's tables from another's", async () => {
    const awayFrom = (storage: string) => contextOf({ MLFLOW_FUNCTIONS_TABLES_STORAGE: storage }).tables;
    const away = awayFrom("http://127.0.0.1:1/account");
    const there = awayFrom(inject("storage"));
    const warnings: string[] = [];
    const ask = (tables: typeof away) =>
      tables.attempt(
        ({ service }, abortSignal) =>
          service
            .listTables()
            .byPage({ maxPageSize: 1 })
            .next()
            .then(() => abortSignal.aborted),
        (warning) => warnings.push(warning),
      );
    expect([await ask(away), await ask(away)]).toEqual([undefined, undefined]);
    expect(warnings).toEqual([expect.stringContaining("Table Storage is away")]);
    expect(await ask(there)).toEqual({ value: false });
  });

  it("keeps operations on storage that hang in one context from those of another", async () => {
    const settings = { AZURE_STORAGE_CONNECTION_STRING: inject("storage") };
    const [one, other] = [contextOf(settings).blobs, contextOf(settings).blobs];
    const root = { account: "devstoreaccount1", suffix: "core.windows.net", container: "none", prefix: "" };
    let finish = () => {};
    const hanging = new Promise<void>((done) => {
      finish = done;
    });
    const taken = Array.from({ length: 64 }, () => one.run(root, () => hanging));
    await expect(one.run(root, async () => "late")).rejects.toThrow(/^Azure Storage cannot be reached or is busy/);
    expect(await other.run(root, async () => "in time")).toBe("in time");
    finish();
    await Promise.all(taken);
  });

  it("names the setting where no database is set, to those who need one", () => {
    const context = contextOf({});
    expect(() => context.database()).toThrow(/^MLFLOW_BACKEND_STORE_URI is not set/);
  });
});
