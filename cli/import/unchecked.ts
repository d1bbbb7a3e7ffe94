/** PostgreSQL looks up the run of each point, which takes longer than to store it. */
import type { ClientBase } from "pg";
import { sqlState } from "../../shared/platform/db/errors.ts";
import type { TableName } from "./tables.ts";

/**
 * Does something in a transaction without the checks of foreign keys, where the role may leave them out (a superuser,
 * or who was granted `session_replication_role`) and the table has no triggers of its own, which would rest too.
 * @param work writes rows of runs that are known to be there
 */
export async function unchecked<T>(client: ClientBase, table: TableName, work: () => Promise<T>): Promise<T> {
  if (!(await mayRest(client, table))) return work();
  const result = await work();
  await client.query("SET LOCAL session_replication_role = DEFAULT");
  return result;
}

const triggers = "SELECT FROM pg_trigger WHERE tgrelid = $1::regclass AND NOT tgisinternal LIMIT 1";
const forbidden = "42501";

async function mayRest(client: ClientBase, table: TableName): Promise<boolean> {
  if ((await client.query(triggers, [table])).rowCount) return false;
  await client.query("SAVEPOINT checked");
  try {
    await client.query("SET LOCAL session_replication_role = replica");
    return true;
  } catch (error) {
    if (sqlState(error) !== forbidden) throw error;
    await client.query("ROLLBACK TO SAVEPOINT checked");
    return false;
  }
}
