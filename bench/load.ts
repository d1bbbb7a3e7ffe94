/** Fills a database that the bench made. */
import pg from "pg";

/**
 * Two statements at a time, and indexes that are no constraints afterwards: else it takes much longer.
 * @param tables whose indexes are made afterwards
 */
export async function load(uri: string, tables: readonly string[], statements: readonly string[]): Promise<void> {
  const alone = async (text: string) => {
    const client = new pg.Client({ connectionString: uri });
    await client.connect();
    // Checking the foreign keys takes longer than all else.
    await client.query("SET session_replication_role = replica; SET maintenance_work_mem = '512MB'");
    return client.query(text).finally(() => client.end());
  };
  const { rows } = await alone(
    `SELECT indexname AS name, indexdef AS definition FROM pg_indexes
     WHERE tablename = ANY('{${tables}}') AND indexname NOT IN (SELECT conname FROM pg_constraint)`,
  );
  for (const { name } of rows) await alone(`DROP INDEX ${name}`);
  for (const pair of pairs(statements)) await Promise.all(pair.map(alone));
  for (const pair of pairs(rows)) await Promise.all(pair.map(({ definition }) => alone(definition)));
}

const pairs = <T>(items: readonly T[]): T[][] =>
  items.flatMap((_, at) => (at % 2 === 0 ? [items.slice(at, at + 2)] : []));
