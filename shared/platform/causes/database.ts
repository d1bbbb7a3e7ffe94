/** Why PostgreSQL can't be used: a table of causes, each said with what mends it. */
import type { Cause } from "./cause.ts";

/** What the settings say of a database, without its password. */
export interface DatabasePlace {
  /** The setting that holds its URI. */
  setting: string;
  role: string;
  database: string;
  /** Host and port. */
  host: string;
  /** The app signs in with a token of its identity. */
  byIdentity: boolean;
}

interface Fault {
  /** The SQLSTATE, or the system's name of a failure, such as `ECONNREFUSED`; empty where there is neither. */
  code: string;
  text: string;
  name: string;
}

interface Row {
  id: string;
  when(fault: Fault): boolean;
  says(place: DatabasePlace): string;
  mend(place: DatabasePlace): string;
}

const quotedName = (name: string) => `"${name.replaceAll('"', '""')}"`;

const isCode =
  (...codes: string[]) =>
  ({ code }: Fault) =>
    codes.includes(code);

const admitMend = ({ host }: DatabasePlace) =>
  `Admit the app's address in the firewall of ${host}, or put the app into its network; with a private endpoint, that network ` +
  "needs the DNS zone privatelink.postgres.database.azure.com, linked to it.";

/** The first row that fits is the cause. */
const rows: Row[] = [
  {
    id: "no token",
    when: ({ name }) =>
      /^(NoToken|(CredentialUnavailable|Authentication|AggregateAuthentication)(Required)?Error)$/.test(name),
    says: () => "The app gets no token of Microsoft Entra ID for the database.",
    mend: () =>
      "Give the app a managed identity, and set AZURE_CLIENT_ID to its client id where it is user-assigned; on a laptop run `az login`.",
  },
  {
    id: "TLS required",
    when: ({ code, text }) => code === "28000" && /no encryption|SSL off/i.test(text),
    says: ({ host }) => `The server at ${host} takes connections by TLS only, and the app comes without.`,
    mend: ({ setting }) => `Add sslmode=require to the URI in ${setting}.`,
  },
  {
    id: "not admitted",
    when: ({ code, text }) => code === "28000" && /pg_hba/i.test(text),
    says: ({ host, role, database }) =>
      `The server at ${host} does not admit the role '${role}' to the database '${database}' from the app's address.`,
    mend: admitMend,
  },
  {
    id: "login refused",
    when: ({ code }) => code.startsWith("28"),
    says: ({ byIdentity, role, host }) =>
      byIdentity
        ? `The server at ${host} refuses the token of the app's identity for the role '${role}'.`
        : `The server at ${host} refuses the password of the role '${role}'.`,
    mend: ({ byIdentity, role, setting }) =>
      byIdentity
        ? `The user in ${setting} must be the identity's name, and a role of the server: its Entra administrator, or made by pgaadauth_create_principal.`
        : `Correct the password in ${setting}, or set it in the database: ALTER ROLE ${quotedName(role)} PASSWORD '...'.`,
  },
  {
    id: "no database",
    when: isCode("3D000"),
    says: ({ host, database }) => `The server at ${host} has no database '${database}'.`,
    mend: ({ setting, database }) =>
      `Correct the name in ${setting}, or create it: CREATE DATABASE ${quotedName(database)}.`,
  },
  {
    id: "too many connections",
    when: isCode("53300"),
    says: ({ host }) => `The server at ${host} has no free connection.`,
    mend: () =>
      "Lower MLFLOW_SQLALCHEMYSTORE_POOL_SIZE or the number of instances, use PgBouncer (port 6432), or take a larger server.",
  },
  {
    id: "no right",
    when: isCode("42501"),
    says: ({ role, database }) => `The role '${role}' lacks rights on MLflow's tables in the database '${database}'.`,
    mend: ({ role }) =>
      `Make it their owner, or as the owner run: GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO ${quotedName(role)}; GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO ${quotedName(role)};`,
  },
  {
    id: "read-only",
    when: isCode("25006"),
    says: ({ host }) => `The server at ${host} is read-only at the moment.`,
    mend: ({ setting }) => `Wait for its failover, or name the primary in ${setting}.`,
  },
  {
    id: "disk full",
    when: isCode("53100"),
    says: ({ host }) => `The server at ${host} has no disk space left.`,
    mend: () => "Enlarge its storage.",
  },
  {
    id: "starting",
    when: ({ code }) => /^57P0[1-3]$/.test(code),
    says: ({ host }) => `The server at ${host} is starting or stopping.`,
    mend: () => "Wait for it; the app tries again with the next request.",
  },
  {
    id: "unknown name",
    when: ({ code }) => /^(ENOTFOUND|EAI_)/.test(code),
    says: ({ host }) => `The network knows no host of the name in ${host}.`,
    mend: ({ setting }) =>
      `Correct the host in ${setting}; with a private endpoint, the app's network needs the DNS zone privatelink.postgres.database.azure.com, linked to it.`,
  },
  {
    id: "refused connection",
    when: isCode("ECONNREFUSED"),
    says: ({ host }) => `Nothing takes connections at ${host}.`,
    mend: ({ setting }) => `Start the server, or correct host and port in ${setting}.`,
  },
  {
    id: "no TLS",
    when: ({ text }) => /does not support SSL/i.test(text),
    says: ({ host }) => `The server at ${host} has no TLS, and the URI asks for it.`,
    mend: ({ setting }) => `Turn TLS on in the server, or correct sslmode in ${setting}.`,
  },
  {
    id: "certificate",
    when: ({ code, text }) => /CERT|SELF_SIGNED|UNABLE_TO_|ERR_TLS/.test(code) || /certificate|altname/i.test(text),
    says: ({ host }) => `The certificate of the server at ${host} is not the one to expect.`,
    mend: ({ setting }) =>
      `Name the file of its authority by sslrootcert in ${setting}, and the host as the certificate does.`,
  },
  {
    id: "silent",
    when: ({ code, text, name }) =>
      /^(ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ECONNRESET|EPIPE)/.test(code) ||
      /timeout|terminated/i.test(text) ||
      name === "StorageLate",
    says: ({ host }) => `The server at ${host} does not answer.`,
    mend: (place) => `It may be stopped. If it runs, a firewall drops the app's packets. ${admitMend(place)}`,
  },
];

function faultOf(error: unknown): Fault {
  if (!(error instanceof Error)) return { code: "", text: String(error), name: "" };
  // Each address of a name has failed.
  if (error instanceof AggregateError && !error.message) return faultOf(error.errors[0]);
  return { code: "code" in error ? String(error.code) : "", text: error.message, name: error.name };
}

/** The cause of a failed connection or statement, in a sentence that holds no secret; undefined for any other error. */
export function databaseCause(error: unknown, place: DatabasePlace): Cause | undefined {
  const fault = faultOf(error);
  const row = rows.find(({ when }) => when(fault));
  return row && { id: row.id, message: row.says(place), mend: row.mend(place) };
}
