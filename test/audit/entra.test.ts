import { expect, it } from "vitest";
import { startApp } from "../support/app.ts";
import { anAuthority } from "../support/authority.ts";
import { TestTables } from "../support/tables.ts";
import { auditRows, consoleLines, eventsIn, until } from "./recording.ts";

it("callers of Entra are named by their keys, also those to whom nothing is granted, and tokens not at all", async () => {
  const said = consoleLines();
  const tables = new TestTables();
  const authority = await anAuthority();
  const app = await startApp({ MLFLOW_FUNCTIONS_AUTH: "entra", ...authority.settings, ...tables.settings });
  const [reader, other] = [crypto.randomUUID(), crypto.randomUUID()];
  const ask = async (token: string) => {
    const headers = { authorization: `Bearer ${token}`, "x-forwarded-for": "198.51.100.1:443" };
    return (await app.request("GET", "/api/2.0/mlflow/experiments/get?experiment_id=0", { headers })).status;
  };
  const tokens = [
    await authority.userToken({ oid: reader, roles: ["Reader"] }),
    await authority.userToken({ oid: other }),
    await authority.userToken({ oid: reader, roles: ["Reader"], aud: "another" }),
  ];
  const statuses = [];
  for (const token of [...tokens, ...tokens]) statuses.push(await ask(token));
  expect(statuses).toEqual([200, 403, 401, 200, 403, 401]);
  await until(
    () => auditRows(tables),
    ({ length }) => length > 0,
  );
  await app.close();
  await authority.close();
  const keyOf = (oid: string) => `user:${authority.tenant}:${oid}`;
  const counts = new Map<string, number>();
  const rows = await auditRows(tables);
  for (const { what, who, address, detail, count } of rows) {
    const event = [what, who, address, detail].join(" ");
    counts.set(event, (counts.get(event) ?? 0) + count);
  }
  expect(counts).toEqual(
    new Map([
      [`user.signed-in-first ${keyOf(reader)} 198.51.100.1 {"by":"entra"}`, 1],
      [`request.denied ${keyOf(other)} 198.51.100.1 {"route":"GET 2.0/mlflow/experiments/get"}`, 2],
      ["sign-in.refused - 198.51.100.1 {}", 2],
    ]),
  );
  expect(eventsIn(said)).toHaveLength(rows.length);
  for (const token of tokens) expect(JSON.stringify([rows, said, app.lines])).not.toContain(token.split(".")[1]);
});
