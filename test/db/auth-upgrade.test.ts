/** `npm run migrate` on tables of users of an older MLflow. */
import { readFile } from "node:fs/promises";
import { afterEach, expect, it } from "vitest";
import { migrate } from "../../shared/mlflow/schema/schema.ts";
import { closeDatabases } from "./databases.ts";
import { firstAuthTables, firstGrants, laterGrants } from "./old-auth.ts";
import { aStockDatabase, catalogueOf, catalogues, settings } from "./schemas.ts";

afterEach(closeDatabases);

const grants = `SELECT concat_ws(' ', u.username, r.name, r.workspace, p.resource_type, p.resource_pattern, p.permission) AS text
  FROM role_permissions p JOIN roles r ON r.id = p.role_id JOIN user_role_assignments a ON a.role_id = r.id
    JOIN users u ON u.id = a.user_id ORDER BY p.id`;

async function stepsTo(last: string): Promise<string> {
  const all = ["0965eb92f5f0", "a1b2c3d4e5f6", "2ed73881770d", "c3d4e5f6a7b8"];
  const some = all.slice(0, all.indexOf(last) + 1);
  const texts = some.map((name) => readFile(`shared/mlflow/schema/migrations/auth/${name}.sql`, "utf8"));
  return `${(await Promise.all(texts)).join("\n")}; UPDATE alembic_version_auth SET version_num = '${last}';`;
}

it("brings the first ones to stock's head, with what was granted", async () => {
  const pool = await aStockDatabase();
  await pool.query(firstAuthTables + firstGrants);
  expect(await migrate(pool, settings)).toMatchObject({ createdUsers: false, usersSteps: 6 });
  const { tables } = await catalogueOf(pool);
  expect(tables).toEqual((await catalogues()).stock.tables);
  const { rows } = await pool.query<{ text: string }>(grants);
  expect(rows.map(({ text }) => text)).toEqual([
    "bob __user_3__ default experiment 7 EDIT",
    "ann __user_2__ default experiment 8 READ",
    "ann __user_2__ default registered_model m 1 MANAGE",
    "ann __user_2__ default prompt asked READ",
  ]);
  expect(await migrate(pool, settings)).toMatchObject({ usersSteps: 0, applied: [] });
});

it("does so where no table names their revision, as before MLflow 3.6", async () => {
  const pool = await aStockDatabase();
  await pool.query(`${firstAuthTables}${firstGrants}DROP TABLE alembic_version_auth`);
  expect(await migrate(pool, settings)).toMatchObject({ createdUsers: false, usersSteps: 6 });
  expect((await catalogueOf(pool)).tables).toEqual((await catalogues()).stock.tables);
  expect((await pool.query(grants)).rows).toHaveLength(4);
  expect(await migrate(pool, settings)).toMatchObject({ usersSteps: 0, applied: [] });
});

it("gives roles for what was granted in workspaces, on scorers and on the gateway", async () => {
  const pool = await aStockDatabase();
  await pool.query(firstAuthTables + firstGrants + (await stepsTo("2ed73881770d")) + laterGrants);
  expect(await migrate(pool, settings)).toMatchObject({ usersSteps: 3 });
  const { rows } = await pool.query<{ text: string }>(grants);
  const texts = rows.map(({ text }) => text);
  expect(texts.slice(0, 9)).toEqual([
    "bob __user_3__ default workspace * USE",
    "bob __user_3__ default experiment * EDIT",
    "bob __user_3__ default registered_model * EDIT",
    "bob __user_3__ default scorer * EDIT",
    "bob __user_3__ default gateway_secret * EDIT",
    "bob __user_3__ default gateway_endpoint * EDIT",
    "bob __user_3__ default gateway_model_definition * EDIT",
    "ann __user_2__ default workspace * USE",
    "ann __user_2__ other workspace * MANAGE",
  ]);
  expect(texts).toContain("ann __user_2__ default scorer 7/a%2Fb%20%C3%BC~_-.%25 USE");
  expect(texts).toHaveLength(17);
});

it("refuses a role of another person that has the name of a user's own, and changes nothing", async () => {
  const pool = await aStockDatabase();
  await pool.query(firstAuthTables + firstGrants + (await stepsTo("c3d4e5f6a7b8")));
  await pool.query(
    "INSERT INTO roles (name, workspace) VALUES ('__user_2__', 'default'); INSERT INTO user_role_assignments (user_id, role_id) VALUES (3, 1)",
  );
  await expect(migrate(pool, settings)).rejects.toThrow(/The role __user_2__ has the name.*Rename it/);
  const { rows } = await pool.query("SELECT version_num FROM alembic_version_auth");
  expect(rows).toEqual([{ version_num: "c3d4e5f6a7b8" }]);
});
