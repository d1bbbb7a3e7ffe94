import pg from "pg";
import { type StockServer, startStock } from "../stock-server.ts";

let made = 0;

/** An empty database on the embedded PostgreSQL. */
async function emptyDatabase(): Promise<string> {
  const admin = process.env.DIFFERENTIAL_POSTGRES ?? "postgresql://postgres@127.0.0.1:5499/postgres";
  const name = `differential_${process.pid}_${++made}`;
  const client = new pg.Client({ connectionString: admin });
  await client.connect();
  await client.query(`DROP DATABASE IF EXISTS ${name}`);
  await client.query(`CREATE DATABASE ${name}`);
  await client.end();
  const uri = new URL(admin);
  uri.pathname = `/${name}`;
  return uri.href;
}

export const startStockServer = async (): Promise<StockServer> => startStock({ database: await emptyDatabase() });

/** This app; a second stock server where `DIFFERENTIAL_AGAINST` is `stock`, which tests the comparison itself. */
export const startOther = startStockServer;
