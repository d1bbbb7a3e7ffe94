/** Brings users, roles and what is granted from another database into the tracking database. */
import { type AuthTablesElsewhere, upgradeAuthRows } from "../shared/mlflow/schema/auth-upgrade.ts";
import { folder } from "../shared/mlflow/schema/migrations.ts";
import type { Database } from "../shared/platform/db/database.ts";
import { raw, sql } from "../shared/platform/db/sql.ts";
import { Refusal } from "../shared/tools/refusal.ts";

/** Stock's tables, in the order in which they refer to each other, and their columns. */
const tables = {
  users: "id, username, password_hash, is_admin",
  roles: "id, name, workspace, description",
  role_permissions: "id, role_id, resource_type, resource_pattern, permission",
  user_role_assignments: "id, user_id, role_id",
};

type Table = keyof typeof tables;
const names = Object.keys(tables) as Table[];

type Row = Record<string, unknown>;
type Rows = Record<Table, Row[]>;

/**
 * All of it or nothing, with the ids it has: a user's own role is named after the user's id. What is of an older
 * revision is brought on. Answers what was done.
 * @throws Refusal where the tracking database has other users or roles already
 */
export async function bringAuthRows(db: Database, source: AuthTablesElsewhere): Promise<string> {
  const given = await upgraded(db, source);
  return db.transaction(async ({ query }) => {
    await query(sql`LOCK TABLE users, roles IN SHARE ROW EXCLUSIVE MODE`);
    const users = await query<Row>(sql`SELECT id, username FROM users`);
    const [roles] = await query<{ number: number }>(sql`SELECT count(*)::int AS number FROM roles`);
    if (users.length > 0 || roles!.number > 0) return alreadyThere(users, given);
    for (const name of names) {
      const [table, columns] = [raw(name), raw(tables[name])];
      await query(sql`INSERT INTO ${table} (${columns})
        SELECT ${columns} FROM jsonb_populate_recordset(NULL::${table}, ${JSON.stringify(given[name])}::jsonb)`);
      await query(
        sql`SELECT setval(pg_get_serial_sequence(${name}, 'id'), greatest((SELECT max(id) FROM ${table}), 1))`,
      );
    }
    return `Brought ${given.users.length} users, ${given.roles.length} roles and ${given.role_permissions.length} permissions.`;
  });
}

/** The rows as the served revision has them. */
async function upgraded(db: Database, source: AuthTablesElsewhere): Promise<Rows> {
  const client = await db.connect();
  let broken: Error | undefined;
  try {
    await client.query("BEGIN");
    const rowsOf = await upgradeAuthRows(client, folder, source);
    const read: Partial<Rows> = {};
    for (const name of names) read[name] = await rowsOf(name);
    return read as Rows;
  } finally {
    await client.query("ROLLBACK").catch((error: Error) => {
      broken = error;
    });
    client.release(broken);
  }
}

function alreadyThere(users: Row[], source: Rows): string {
  const known = new Map(users.map(({ id, username }) => [username, id]));
  if (source.users.length > 0 && source.users.every(({ id, username }) => known.get(username) === id))
    return `All ${source.users.length} users are there already: brought nothing.`;
  throw new Refusal(
    `The tracking database has ${users.length} users of its own, and the ids of those of --auth-from would not fit. Bring them before anyone signs in, or create them by the users API.`,
  );
}
