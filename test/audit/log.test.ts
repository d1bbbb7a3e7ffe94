import { beforeAll, describe, expect, inject, it } from "vitest";
import { type AuditEvent, type AuditQuery, auditOf, auditRow, auditTable } from "../../shared/platform/audit/log.ts";
import { insertRow, openTables, type Tables } from "../../shared/platform/azure/tables.ts";
import { parseConfig } from "../../shared/platform/config.ts";
import { TestTables } from "../support/tables.ts";

const event = (time: string, what: string, who: string): AuditEvent => ({
  ...{ time: new Date(time), what, who, of: "the ' one", address: "198.51.100.1", request: "1" },
  ...{ detail: '{"stage":"Archived"}', count: 1 },
});

/** Oldest first: of two months, and two days of one. */
const events = [
  event("2026-09-30T23:59:59.999Z", "run.deleted", "ann"),
  event("2026-10-01T00:00:00.000Z", "runs.deleted", "bob"),
  event("2026-10-01T09:00:00.000Z", "run.deleted", "bob"),
  event("2026-10-01T10:00:00.000Z", "run.restored", "o'hara"),
  event("2026-10-12T08:00:00.000Z", "sign-in.refused", "ann"),
];

let tables: Tables;
beforeAll(async () => {
  const { settings } = new TestTables();
  tables = (await openTables(parseConfig({ AzureWebJobsStorage: inject("storage"), ...settings })))!;
  for (const each of [4, 2, 0, 3, 1].map((index) => events[index]!))
    await insertRow(tables.table(auditTable(each.time)), auditRow(each), AbortSignal.timeout(30_000));
});

async function found(query?: AuditQuery): Promise<AuditEvent[]> {
  const all: AuditEvent[] = [];
  for await (const each of auditOf(tables, query)) all.push(each);
  return all;
}

describe("the audit log's rows", () => {
  it("are read as they were written, oldest first", async () => {
    expect(await found()).toEqual(events);
  });

  it.each<[AuditQuery, number[]]>([
    [{ since: events[2]!.time }, [2, 3, 4]],
    [{ since: new Date("2999-01-01") }, []],
    [{ who: "ann" }, [0, 4]],
    [{ who: "o'hara" }, [3]],
    [{ who: "' or who ne '" }, []],
    [{ what: "run.deleted" }, [0, 2]],
    [{ what: "run" }, [0, 2, 3]],
    [{ what: "sign-in" }, [4]],
    [{ what: "run", who: "bob", since: new Date("2026-10-01") }, [2]],
  ])("are found by %j", async (query, indexes) => {
    expect(await found(query)).toEqual(indexes.map((index) => events[index]));
  });

  it("have keys of their own, however many there are of one moment", () => {
    const keys = Array.from({ length: 100 }, () => auditRow(events[0]!).rowKey);
    expect(new Set(keys).size).toBe(100);
  });
});
