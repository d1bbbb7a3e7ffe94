import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, inject, it } from "vitest";
import { type AuditEvent, auditRow, auditTable } from "../../shared/platform/audit/log.ts";
import { insertRow, openTables } from "../../shared/platform/azure/tables.ts";
import { parseConfig } from "../../shared/platform/config.ts";
import { TestTables } from "../support/tables.ts";

const tables = new TestTables();
const settings = { AzureWebJobsStorage: inject("storage"), ...tables.settings };

/** What `npm run audit` prints on both streams, and its exit code. */
function audit(args: string[], env: Record<string, string> = settings) {
  return new Promise<{ code: number; stdout: string; stderr: string }>((done) => {
    const options = { env: { ...process.env, AzureWebJobsStorage: "", AZURE_STORAGE_CONNECTION_STRING: "", ...env } };
    execFile(process.execPath, ["dist/audit.cjs", ...args], options, (error, stdout, stderr) =>
      done({ code: Number(error?.code ?? 0), stdout: stdout.trimEnd(), stderr: stderr.trim() }),
    );
  });
}

const event = (time: string, what: string, who: string, more: Partial<AuditEvent> = {}): AuditEvent => ({
  ...{ time: new Date(time), what, who, of: "7", address: "203.0.113.7", request: "0f0f", detail: "{}", count: 1 },
  ...more,
});

const hostile = "eve\u001b]0;x\u0007\u202e\u009b";
const now = new Date().toISOString();
/** Oldest first, over three months. */
const events = [
  event("2026-01-31T23:59:59.999Z", "role.granted", "admin", { of: "3", detail: '{"user":"bob"}' }),
  event("2026-02-01T00:00:00.000Z", "role-permission.added", "admin"),
  event("2026-02-01T08:30:00.000Z", "alias.set", "ann", { of: "iris@champion", detail: '{"version":"2"}' }),
  event("2026-02-11T08:30:00.000Z", "sign-in.refused", hostile, { of: hostile, detail: "no JSON", count: 12 }),
  event(now, "run.deleted", "o'hara"),
];

beforeAll(async () => {
  const opened = (await openTables(parseConfig(settings)))!;
  for (const each of [2, 0, 3, 1, 4].map((index) => events[index]!))
    await insertRow(opened.table(auditTable(each.time)), auditRow(each), AbortSignal.timeout(30_000));
});

describe("npm run audit", () => {
  it("prints all events in columns, the newest last", async () => {
    const { code, stdout, stderr } = await audit([]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const lines = stdout.split("\n");
    expect(lines.map((line) => line.split(/ {2,}/))).toEqual([
      ["TIME", "WHO", "ADDRESS", "WHAT", "COUNT", "OF", "REQUEST", "DETAIL"],
      ["2026-01-31T23:59:59.999Z", "admin", "203.0.113.7", "role.granted", "1", "3", "0f0f", "user=bob"],
      ["2026-02-01T00:00:00.000Z", "admin", "203.0.113.7", "role-permission.added", "1", "7", "0f0f", "-"],
      ["2026-02-01T08:30:00.000Z", "ann", "203.0.113.7", "alias.set", "1", "iris@champion", "0f0f", "version=2"],
      [
        ...["2026-02-11T08:30:00.000Z", "eve?]0;x???", "203.0.113.7", "sign-in.refused", "12", "eve?]0;x???"],
        ...["0f0f", "detail=no JSON"],
      ],
      [now, "o'hara", "203.0.113.7", "run.deleted", "1", "7", "0f0f", "-"],
    ]);
    const column = lines[0]!.indexOf("WHAT");
    expect(lines.map((line) => line.slice(column).split(" ")[0])).toEqual(["WHAT", ...events.map(({ what }) => what)]);
  });

  it("prints them as JSON, with their details as an object and no control characters", async () => {
    const { stdout } = await audit(["--json"]);
    expect(stdout).not.toMatch(/[^\P{Cc}\n]|\p{Bidi_C}/u);
    const printed = stdout.split("\n").map((line) => JSON.parse(line));
    const details = [{ user: "bob" }, {}, { version: "2" }, { detail: "no JSON" }, {}];
    expect(printed).toEqual(
      events.map((each, index) => ({ ...each, time: each.time.toISOString(), detail: details[index] })),
    );
  });

  it.each([
    [["--since", "1h"], [4]],
    [
      ["--since", "2026-02-01"],
      [1, 2, 3, 4],
    ],
    [
      ["--who", "admin"],
      [0, 1],
    ],
    [["--who", "o'hara"], [4]],
    [["--what", "role"], [0]],
    [["--what", "role-permission.added"], [1]],
    [
      ["--newest", "2"],
      [3, 4],
    ],
    [["--who", "admin", "--newest", "1", "--since", "2026-01-31"], [1]],
  ])("%j narrows", async (args, indexes) => {
    const { code, stdout } = await audit(["--json", ...args]);
    expect(code).toBe(0);
    const found = stdout.split("\n").map((line) => JSON.parse(line).time);
    expect(found).toEqual(indexes.map((index) => events[index]!.time.toISOString()));
  });

  it("says that there are no such events", async () => {
    for (const args of [
      ["--who", "nobody"],
      ["--since", "2999-01-01"],
    ])
      expect(await audit(args)).toEqual({ code: 0, stdout: "No such events are in the audit log.", stderr: "" });
  });

  it("ends quietly where the reader of its output does", async () => {
    const shell = `"${process.execPath}" dist/audit.cjs --json | head -n 1`;
    const ended = await new Promise<string[]>((done, failed) => {
      execFile("sh", ["-c", shell], { env: { ...process.env, ...settings } }, (error, stdout, stderr) =>
        error ? failed(error) : done([stdout.trim(), stderr]),
      );
    });
    expect([JSON.parse(ended[0]!).what, ended[1]]).toEqual(["role.granted", ""]);
  });

  it("says what is lacking where no storage is set", async () => {
    const empty = await mkdtemp(join(tmpdir(), "mlflow-functions-audit-"));
    const { code, stdout, stderr } = await audit(["--data-dir", empty], {});
    await rm(empty, { recursive: true });
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toBe("No storage account is set, and no npm start runs here: set AzureWebJobsStorage.");
  });

  it("says where the tables are away, without the key", async () => {
    const away = settings.AzureWebJobsStorage.replace(/(TableEndpoint=http:\/\/)[^/;]+/, "$1127.0.0.1:1");
    const { code, stdout, stderr } = await audit([], { ...settings, AzureWebJobsStorage: away });
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toMatch(/^The audit log at http:\/\/127\.0\.0\.1:1\/\w+ can't be read: \w+\.$/);
  });

  it.each([
    [["--since", "yesterday"], "--since 'yesterday' is no time: see --help."],
    [["--what", "Role.*"], "--what 'Role.*' is no event: it is like role.granted, or like role."],
    [["--newest", "0"], "--newest is a number from 1 to 100000."],
    [["--newest", "1e9"], "--newest is a number from 1 to 100000."],
  ])("refuses %j", async (args, message) => {
    expect(await audit(args)).toEqual({ code: 2, stdout: "", stderr: message });
  });
});
