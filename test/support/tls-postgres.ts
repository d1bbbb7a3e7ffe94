import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type GenerateResult, generate } from "selfsigned";
import { startPostgres } from "../../local/postgres.ts";
import { giveTo, postgresUser } from "../../local/postgres-binaries.ts";
import { openInstance } from "../../shared/tools/instance.ts";

interface TlsPostgres {
  uri: string;
  /** A folder of its own. */
  folder: string;
  /** The file of its certificate, which is for `db.example` where no other is given, and signed by itself. */
  certificate: string;
  stop(): Promise<void>;
}

const forExample = () => generate([{ name: "commonName", value: "db.example" }], { days: 1, keySize: 2048 });

/**
 * A PostgreSQL that refuses whoever comes without TLS, as Azure's does.
 * @param made its certificate, where that is to be for other names
 */
export async function aTlsPostgres(made: GenerateResult = forExample()): Promise<TlsPostgres> {
  const folder = await mkdtemp(join(tmpdir(), "mlflow-functions-tls-"));
  // As root, PostgreSQL runs as another user, who has to get through.
  await chmod(folder, 0o755);
  const instance = await openInstance(folder);
  const at = (name: string) => join(folder, name);
  await writeFile(at("cert.pem"), made.cert);
  await writeFile(at("key.pem"), made.private, { mode: 0o600 });
  giveTo(at("key.pem"), postgresUser());
  // Whoever starts it asks the database `postgres` whether it is there.
  await writeFile(at("hba.conf"), "hostssl all all all scram-sha-256\nhost postgres all all scram-sha-256\n");
  const { uri, stop } = await startPostgres(folder, instance, [
    "ssl=on",
    `ssl_cert_file=${at("cert.pem")}`,
    `ssl_key_file=${at("key.pem")}`,
    `hba_file=${at("hba.conf")}`,
  ]);
  return {
    uri,
    folder,
    certificate: at("cert.pem"),
    stop: () => stop().then(() => rm(folder, { recursive: true, force: true })),
  };
}
