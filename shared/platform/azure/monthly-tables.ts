/** Logs that have a table a month, so that an old month is dropped in one step. */
import type { Tables } from "./tables.ts";

export class MonthlyTables {
  /** @param name what the names of the tables begin with, after the prefix */
  constructor(private readonly name: string) {}

  /** The table of a time's month, without the prefix. */
  of(time: Date): string {
    return this.name + time.toISOString().slice(0, 7).replace("-", "");
  }

  /** Those that there are, without the prefix, the oldest first. @param since from this month on */
  async all({ service, prefix }: Tables, since?: Date): Promise<string[]> {
    const begin = prefix + this.name;
    const filter = `TableName ge '${begin}' and TableName le '${begin}999999'`;
    const found: string[] = [];
    for await (const { name = "" } of service.listTables({ queryOptions: { filter } }))
      if (/^\d{6}$/.test(name.slice(begin.length))) found.push(name.slice(prefix.length));
    return found.filter((name) => !since || name >= this.of(since)).sort();
  }

  /**
   * Drops the months whose last day is older.
   * @returns how many
   */
  async dropBefore(tables: Tables, before: Date): Promise<number> {
    const old = (await this.all(tables)).filter((name) => name < this.of(before));
    await Promise.all(old.map((name) => tables.service.deleteTable(tables.prefix + name)));
    return old.length;
  }
}
