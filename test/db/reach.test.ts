/** Connections as database URIs say, to servers with and without TLS. */
import { type AddressInfo, connect, createServer, type Server } from "node:net";
import { join } from "node:path";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { parseConfig } from "../../shared/platform/config.ts";
import { TargetPool } from "../../shared/platform/db/target-pool.ts";
import { poolOptions } from "../../shared/platform/db/uri.ts";
import { aTlsPostgres } from "../support/tls-postgres.ts";

const plain = new URL(inject("postgres"));
const login = `mlflow:${plain.password}`;
const other = "mlflow/database";
let folder: string;
let withTls: Awaited<ReturnType<typeof aTlsPostgres>>;
let socket: Server;

/** What a connection by this URI finds, through the pool the app uses. */
async function reached(uri: string): Promise<{ port: number | null; database: string; tls: boolean; path: string }> {
  const { options, targets } = poolOptions(uri, parseConfig({}));
  const pool = new TargetPool(options, targets);
  pool.on("error", () => {});
  try {
    const client = await pool.connect();
    const { rows } = await client.query(`SELECT inet_server_port() AS port, current_database() AS database,
      current_setting('search_path') AS path, (SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()) AS tls`);
    client.release();
    return rows[0];
  } finally {
    await pool.end();
  }
}

beforeAll(async () => {
  withTls = await aTlsPostgres();
  folder = withTls.folder;
  const admin = new pg.Client({ connectionString: inject("postgres") });
  await admin.connect();
  await admin.query(`CREATE ROLE "o#dd" LOGIN PASSWORD 'p#q/r?s'`);
  await admin.query(`CREATE DATABASE "${other}" TEMPLATE template0 OWNER "o#dd"`);
  await admin.end();
  socket = createServer((client) => {
    const server = connect(Number(plain.port), "127.0.0.1");
    client.on("error", () => server.destroy());
    server.on("error", () => client.destroy());
    client.pipe(server).pipe(client);
  });
  await new Promise<void>((done) => socket.listen(join(folder, ".s.PGSQL.5433"), done));
});
afterAll(async () => {
  socket.close();
  const admin = new pg.Client({ connectionString: inject("postgres") });
  await admin.connect();
  await admin.query(`DROP DATABASE "${other}" WITH (FORCE)`);
  await admin.query(`DROP ROLE "o#dd"`);
  await admin.end();
  await withTls.stop();
});

const closedPort = async (): Promise<number> => {
  const server = createServer();
  const port = await new Promise<number>((done) =>
    server.listen(0, "127.0.0.1", () => done((server.address() as AddressInfo).port)),
  );
  await new Promise((done) => server.close(done));
  return port;
};

describe("a database URI leads to", () => {
  it("a user with a password of raw characters", async () => {
    const found = await reached(`postgresql+psycopg2://o%23dd:p#q/r?s@127.0.0.1:${plain.port}/${other}`);
    expect(found).toMatchObject({ database: other });
  });

  it("a socket, and the database of a parameter", async () => {
    const found = await reached(`postgresql://${login}@/?host=${folder}&port=5433&dbname=mlflow`);
    expect(found).toMatchObject({ database: "mlflow", tls: false });
  });

  it("a host among the parameters, with the search_path asked for", async () => {
    const found = await reached(
      `postgresql://${login}@/mlflow?host=127.0.0.1:${plain.port}&options=-csearch_path%3Dtracking`,
    );
    expect(found).toMatchObject({ port: Number(plain.port), path: "tracking" });
  });

  it.each([
    [
      "among the parameters",
      (dead: number) => `${login}@/mlflow?host=127.0.0.1,nowhere.invalid,127.0.0.1&port=${dead},1,${plain.port}`,
    ],
    ["in their place", (dead: number) => `${login}@127.0.0.1:${dead},127.0.0.1:${plain.port}/mlflow`],
  ])("the first host of a list %s that can be reached", async (_, rest) => {
    expect(await reached(`postgresql://${rest(await closedPort())}`)).toMatchObject({ port: Number(plain.port) });
  });

  it("the first host that is what target_session_attrs asks for, or says that there is none", async () => {
    const uri = `postgresql://${login}@127.0.0.1:${plain.port}/mlflow?target_session_attrs=`;
    expect(await reached(`${uri}read-write`)).toMatchObject({ database: "mlflow" });
    expect(await reached(`${uri}prefer-standby`)).toMatchObject({ database: "mlflow" });
    await expect(reached(`${uri}standby`)).rejects.toThrow("target_session_attrs=standby");
  });
});

describe("sslmode", () => {
  it.each(["", "?sslmode=prefer", "?sslmode=allow", "?sslmode=disable"])(
    "%s does without TLS where there is none",
    async (query) => {
      expect(await reached(inject("postgres") + query)).toMatchObject({ tls: false });
    },
  );

  it.each(["require", "verify-full"])("%s refuses a server without TLS", async (mode) => {
    await expect(reached(`${inject("postgres")}?sslmode=${mode}`)).rejects.toThrow("does not support SSL");
  });

  it.each(["", "?sslmode=prefer", "?sslmode=allow", "?sslmode=require", "?ssl=true"])(
    "%s takes TLS where the server asks for it",
    async (query) => {
      expect(await reached(withTls.uri + query)).toMatchObject({ tls: true });
    },
  );

  it("disable is refused by such a server", async () => {
    await expect(reached(`${withTls.uri}?sslmode=disable`)).rejects.toThrow("no encryption");
  });

  it("verify-full and verify-ca trust the file of sslrootcert only, and verify-full the name too", async () => {
    const root = `sslrootcert=${withTls.certificate}`;
    const named = withTls.uri.replace("127.0.0.1", "db.example");
    expect(await reached(`${named}?hostaddr=127.0.0.1&sslmode=verify-full&${root}`)).toMatchObject({ tls: true });
    expect(await reached(`${withTls.uri}?sslmode=verify-ca&${root}`)).toMatchObject({ tls: true });
    await expect(reached(`${withTls.uri}?sslmode=verify-full&${root}`)).rejects.toThrow("does not match certificate");
    await expect(reached(`${named}?hostaddr=127.0.0.1&sslmode=verify-full`)).rejects.toThrow("self-signed certificate");
  });

  it("names the certificate file that is missing", async () => {
    const missing = join(folder, "missing.pem");
    await expect(reached(`${withTls.uri}?sslmode=verify-full&sslrootcert=${missing}`)).rejects.toThrow(
      `The file of sslrootcert, ${missing}, can't be read (ENOENT)`,
    );
  });

  it("gives a wrong password no second try", async () => {
    const wrong = inject("postgres").replace(/:[^:@]+@/, ":wrong@");
    await expect(reached(wrong)).rejects.toThrow("password authentication failed");
  });
});

it("settings name a URI that can't be read, without its password", () => {
  for (const name of ["MLFLOW_BACKEND_STORE_URI", "MLFLOW_READ_REPLICA_BACKEND_STORE_URI"])
    for (const rest of ["u:secret@h:x/db", "u:secret@h/db?sslmode=maybe", "u:sec@secret@h/db"]) {
      const parse = () => parseConfig({ [name]: `postgresql://${rest}` });
      expect(parse).toThrow(`${name} has`);
      expect(parse).not.toThrow("secret");
    }
});
