/** `npm run migrate -- --indexes` and `--drop-indexes`. */
import { execFile } from "node:child_process";
import type pg from "pg";
import { afterAll, beforeAll, expect, it } from "vitest";
import { aClient } from "../support/plans.ts";

let client: pg.Client;
let drop: () => Promise<void>;
let uri: string;
beforeAll(async () => {
  ({ client, drop, uri } = await aClient());
});
afterAll(() => drop());

const migrate = (...options: string[]) =>
  new Promise<{ code: number; stdout: string; stderr: string }>((done) => {
    const env = { ...process.env, MLFLOW_BACKEND_STORE_URI: uri };
    execFile(process.execPath, ["dist/migrate.cjs", ...options], { env }, (error, stdout, stderr) =>
      done({ code: Number(error?.code ?? 0), stdout, stderr }),
    );
  });

const names = [
  "mlfn_latest_metrics_value",
  "mlfn_params_long",
  "mlfn_params_value",
  "mlfn_tags_long",
  "mlfn_tags_value",
  "mlfn_trace_info_client_request",
  "mlfn_trace_info_execution_time",
  "mlfn_trace_info_name",
  "mlfn_trace_info_status",
  "mlfn_trace_request_metadata_value",
];

async function whole(): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    "SELECT indexrelid::regclass::text AS name FROM pg_index WHERE indisvalid ORDER BY 1",
  );
  return rows.map(({ name }) => name).filter((name) => names.includes(name));
}

it("makes them, says how large they are, and makes anew what was left half made", async () => {
  const first = await migrate("--indexes");
  expect(first).toMatchObject({ code: 0, stderr: "" });
  for (const name of names) expect(first.stdout).toMatch(new RegExp(`${name} on \\w+: \\d+ kB, made in [\\d.]+ s`));
  expect(await whole()).toEqual(names);

  await client.query(`UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'mlfn_params_value'::regclass`);
  const { stdout } = await migrate("--indexes");
  expect(stdout.match(/made in/g)).toHaveLength(1);
  expect(stdout.match(/there already/g)).toHaveLength(names.length - 1);
  expect(await whole()).toEqual(names);
});

it("waits for nobody: while another process is at it, it is refused", async () => {
  await client.query("SELECT pg_advisory_lock(x'6d6c6669'::int)");
  expect(await migrate("--drop-indexes")).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("Another process makes or drops these indexes"),
  });
  await client.query("SELECT pg_advisory_unlock_all()");
});

it("drops them", async () => {
  expect((await migrate("--drop-indexes")).stdout).toContain(`Dropped mlfn_latest_metrics_value, mlfn_params_value`);
  expect(await whole()).toEqual([]);
  expect((await migrate("--drop-indexes")).stdout).toContain("There are no optional indexes.");
});

it("takes one of both", async () => {
  expect((await migrate("--indexes", "--drop-indexes")).stderr).toContain(
    "Only one of --indexes and --drop-indexes can be given.",
  );
});
