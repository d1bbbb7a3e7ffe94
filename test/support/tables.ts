import { randomBytes } from "node:crypto";
import { TableClient as Table, type TableClient, TableServiceClient } from "@azure/data-tables";
import { inject } from "vitest";

const options = { allowInsecureConnection: true };

/** Tables that no other test file uses: all share one Azurite. */
export class TestTables {
  readonly prefix = `t${randomBytes(8).toString("hex")}`;
  /** What an app is started with to use them. */
  readonly settings = { MLFLOW_FUNCTIONS_TABLES_PREFIX: this.prefix };
  private readonly service = TableServiceClient.fromConnectionString(inject("storage"), options);

  table(name: string): TableClient {
    return Table.fromConnectionString(inject("storage"), this.prefix + name, options);
  }

  /** The names of those there are, without their prefix. */
  async names(): Promise<string[]> {
    const found: string[] = [];
    for await (const { name } of this.service.listTables())
      if (name?.startsWith(this.prefix)) found.push(name.slice(this.prefix.length));
    return found.sort();
  }

  async rows<T extends object>(name: string): Promise<(T & { partitionKey?: string; rowKey?: string })[]> {
    const found: (T & { partitionKey?: string; rowKey?: string })[] = [];
    for await (const row of this.table(name).listEntities<T>()) found.push(row);
    return found;
  }

  /** The row of an upload. */
  upload = (uploadId: string) =>
    this.table("uploads").getEntity<Record<string, unknown>>(uploadId.split(".")[0]!, "upload");

  /** Every grant of every month, in the order of time. */
  async grants(): Promise<Record<string, unknown>[]> {
    const months = (await this.names()).filter((name) => name.startsWith("grants"));
    const rows = await Promise.all(months.map((name) => this.rows<Record<string, unknown>>(name)));
    return rows.flat().sort((one, other) => (one.rowKey! < other.rowKey! ? -1 : 1));
  }
}
