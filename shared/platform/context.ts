import { Audit } from "./audit/audit.ts";
import { BlobStorage } from "./azure/blobs.ts";
import { AppTables } from "./azure/circuit.ts";
import { type Config, SettingsError } from "./config.ts";
import { Database } from "./db/database.ts";
import { Epoch } from "./identity/epoch.ts";
import { Facts } from "./identity/facts.ts";
import { Few } from "./identity/few.ts";
import { SignedIn } from "./identity/signed-in.ts";
import { Telemetry } from "./telemetry/telemetry.ts";

const hashesAtOnce = 2;
const mostHashesWaiting = 64;

/** What all requests of a process share: made once, and handed down to each of them. */
export interface AppContext {
  config: Config;
  /** The database was found to have MLflow's schema. */
  isReady: boolean;
  /**
   * The database of `MLFLOW_BACKEND_STORE_URI`.
   * @throws SettingsError where it is not set
   */
  database(): Database;
  /** The database of `MLFLOW_READ_REPLICA_BACKEND_STORE_URI` where one is set, else the primary. */
  readDatabase(): Database;
  facts: Facts;
  /** Where passwords are hashed: a hash takes 32 MiB and a core for a while. */
  hashing: Few;
  rights: Epoch;
  signedIn: SignedIn;
  blobs: BlobStorage;
  /** Of the upload ledger, the grant log and the audit log. */
  tables: AppTables;
  audit: Audit;
  /** Undefined where no setting says where to send it. */
  telemetry: Telemetry | undefined;
}

/** Connects to nothing yet: what needs neither database nor storage is answered while there is none. */
export function makeContext(config: Config): AppContext {
  let primary: Database | undefined;
  let replica: Database | undefined;
  const database = () => {
    if (!config.MLFLOW_BACKEND_STORE_URI)
      throw new SettingsError("MLFLOW_BACKEND_STORE_URI is not set: it names the PostgreSQL database");
    primary ??= new Database(config.MLFLOW_BACKEND_STORE_URI, config);
    return primary;
  };
  const readDatabase = () => {
    if (!config.MLFLOW_READ_REPLICA_BACKEND_STORE_URI) return database();
    replica ??= new Database(config.MLFLOW_READ_REPLICA_BACKEND_STORE_URI, config);
    return replica;
  };
  const tables = new AppTables(config);
  return {
    config,
    isReady: false,
    database,
    readDatabase,
    facts: new Facts(),
    hashing: new Few(hashesAtOnce, mostHashesWaiting),
    rights: new Epoch(),
    signedIn: new SignedIn(config.MLFLOW_AUTH_CACHE_MAX_SIZE),
    blobs: new BlobStorage(config),
    tables,
    audit: new Audit(tables, config.MLFLOW_AUTH_CACHE_MAX_SIZE),
    telemetry: Telemetry.of(config, () => ({ primary, replica })),
  };
}
