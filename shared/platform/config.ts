import * as z from "zod";
import { problemOf } from "./db/uri.ts";
import { levels } from "./identity/access.ts";
import { checkEntra, entraSettings } from "./identity/entra-settings.ts";
import { telemetrySettings } from "./telemetry/settings.ts";

const flag = (fallback: boolean) =>
  z
    .enum(["true", "false", "1", "0"], { error: "must be true or false" })
    .optional()
    .transform((value) => (value === undefined ? fallback : value === "true" || value === "1"));

const integer = (fallback: number, min: number, max: number) =>
  z.coerce
    .number({ error: "must be a number" })
    .int("must be a whole number")
    .min(min, `must be at least ${min}`)
    .max(max, `must be at most ${max}`)
    .default(fallback);

const share = (fallback: number) =>
  z.coerce
    .number({ error: "must be a number" })
    .min(0, "must be at least 0")
    .max(1, "must be at most 1")
    .default(fallback);

const list = z
  .string()
  .optional()
  .transform((value) =>
    value
      ?.split(",")
      .map((item) => item.trim())
      .filter(Boolean),
  );

const modes = ["basic", "entra", "easyauth"] as const;

/** A way to sign in. */
export type SignInMode = (typeof modes)[number];

const namesIn = (text: string) => text.split(",").map((name) => name.trim());

const isMode = (name: string): name is SignInMode => (modes as readonly string[]).includes(name);

/** No mode at all for `none`. */
const signInModes = z
  .string()
  .refine(
    (text) => text === "none" || namesIn(text).every(isMode),
    'must be "none", or some of basic, entra and easyauth with commas between',
  )
  .transform((text) => namesIn(text).filter(isMode));

const databaseUri = z.string().superRefine((uri, context) => {
  const message = problemOf(uri);
  if (message !== undefined) context.addIssue({ code: "custom", message });
});

/** A URL without login, query and fragment: such parts may hold a secret, and the address is shown in messages. */
const isBareUrl = (value: string) => {
  if (!URL.canParse(value)) return false;
  const { username, password, search, hash } = new URL(value);
  return [username, password, search, hash].every((part) => part === "");
};

const isWebUrl = /^https?:/i;
const addressOnly = "must be an address alone, without a login or a query: a SAS belongs into a connection string";

const prefixPattern = /^(\/[\w.~-]+)+$/;

/** Every setting the app reads, under the name the environment gives it. Stock names keep their stock meaning. */
const Environment = z.object({
  MLFLOW_BACKEND_STORE_URI: databaseUri.optional(),
  MLFLOW_READ_REPLICA_BACKEND_STORE_URI: databaseUri.optional(),
  MLFLOW_SQLALCHEMYSTORE_POOL_SIZE: integer(10, 1, 500),
  MLFLOW_ARTIFACTS_DESTINATION: z.string().optional(),
  MLFLOW_DEFAULT_ARTIFACT_ROOT: z.string().default("mlflow-artifacts:/"),
  MLFLOW_ARTIFACTS_PRESIGNED_ONLY: flag(true),
  MLFLOW_ENABLE_PROXY_MULTIPART_UPLOAD: flag(true),
  MLFLOW_ENABLE_PROXY_MULTIPART_DOWNLOAD: flag(true),
  MLFLOW_PRESIGNED_DOWNLOAD_URL_TTL_SECONDS: integer(300, 1, 604_800),
  MLFLOW_TRUNCATE_LONG_VALUES: flag(true),
  MLFLOW_STATIC_PREFIX: z.string().regex(prefixPattern, "must begin with a slash and not end with one").optional(),
  MLFLOW_SERVER_ALLOWED_HOSTS: list,
  MLFLOW_SERVER_CORS_ALLOWED_ORIGINS: list,
  MLFLOW_SERVER_X_FRAME_OPTIONS: z.string().default("SAMEORIGIN"),
  MLFLOW_SERVER_DISABLE_SECURITY_MIDDLEWARE: flag(false),
  MLFLOW_SERVER_INFO_TRACKING_AUTH: z.string().default(""),
  MLFLOW_AUTH_ADMIN_USERNAME: z.string().default("admin"),
  MLFLOW_AUTH_ADMIN_PASSWORD: z.string().default(""),
  MLFLOW_AUTH_DEFAULT_PERMISSION: z.enum(levels, { error: `must be one of ${levels.join(", ")}` }).default("READ"),
  MLFLOW_AUTH_CACHE_MAX_SIZE: integer(10_000, 1, 1_000_000),
  MLFLOW_AUTH_CACHE_TTL_SECONDS: integer(30, 0, 30),
  MLFLOW_SERVER_GRAPHQL_MAX_ROOT_FIELDS: integer(10, 0, 1000),
  MLFLOW_SERVER_GRAPHQL_MAX_ALIASES: integer(10, 0, 1000),
  AZURE_STORAGE_CONNECTION_STRING: z.string().optional(),
  AZURE_STORAGE_ACCESS_KEY: z.string().optional(),
  AzureWebJobsStorage: z.string().optional(),
  AzureWebJobsStorage__accountName: z.string().optional(),
  AzureWebJobsStorage__tableServiceUri: z.string().refine(isBareUrl, addressOnly).optional(),
  AzureWebJobsStorage__clientId: z.string().optional(),
  MLFLOW_FUNCTIONS_ARTIFACT_ROOTS: list,
  MLFLOW_FUNCTIONS_AUDIT_RETENTION_DAYS: integer(365, 1, 36_500),
  MLFLOW_FUNCTIONS_AUTH: signInModes.optional(),
  MLFLOW_FUNCTIONS_CONNECT_TIMEOUT_SECONDS: integer(10, 1, 60),
  MLFLOW_FUNCTIONS_DATABASE_WAITING: integer(64, 0, 10_000),
  MLFLOW_FUNCTIONS_DELETE_TRACE_ARTIFACTS: flag(true),
  ...entraSettings,
  MLFLOW_FUNCTIONS_GRANT_RETENTION_DAYS: integer(365, 1, 36_500),
  MLFLOW_FUNCTIONS_LOCK_TIMEOUT_SECONDS: integer(15, 1, 120),
  MLFLOW_FUNCTIONS_LOG_SAMPLE: share(0.1),
  MLFLOW_FUNCTIONS_LOG_SLOW_MS: integer(1000, 0, 230_000),
  MLFLOW_FUNCTIONS_OTLP_LIMIT: integer(64 * 1024 * 1024, 0, 256 * 1024 * 1024),
  MLFLOW_FUNCTIONS_PROXIED_UPLOAD_LIMIT: integer(10 * 1024 * 1024, 0, 100 * 1024 * 1024),
  MLFLOW_FUNCTIONS_PREVIEW_LIMIT: integer(4 * 1024 * 1024, 0, 100 * 1024 * 1024),
  MLFLOW_FUNCTIONS_SCHEMA: z
    .string()
    .refine((name) => Buffer.byteLength(name) <= 63, "must be at most 63 bytes")
    .optional(),
  MLFLOW_FUNCTIONS_STATEMENT_TIMEOUT_SECONDS: integer(60, 1, 120),
  MLFLOW_FUNCTIONS_TABLES_PREFIX: z
    .string()
    .regex(/^[A-Za-z][A-Za-z0-9]{0,39}$/, "must be at most 40 letters and digits, and start with a letter")
    .default("mlflow"),
  MLFLOW_FUNCTIONS_TABLES_STORAGE: z
    .string()
    .refine((value) => !isWebUrl.test(value) || isBareUrl(value), addressOnly)
    .optional(),
  MLFLOW_FUNCTIONS_TOKEN_DEFAULT_DAYS: integer(90, 1, 3650),
  MLFLOW_FUNCTIONS_TOKEN_MAX_DAYS: integer(365, 1, 3650),
  MLFLOW_FUNCTIONS_TRACE_SAMPLE: share(0.1),
  ...telemetrySettings,
  /** Set by App Service where its own sign-in is on. */
  WEBSITE_AUTH_ENABLED: z.string().optional(),
  WEBSITE_INSTANCE_ID: z.string().optional(),
  WEBSITE_HOSTNAME: z.string().optional(),
  WEBSITE_SITE_NAME: z.string().optional(),
});

export type Config = z.output<typeof Environment>;

/** A setting that the app can't go on with. Its message names settings and holds none of their values. */
export class SettingsError extends Error {
  override readonly name = "SettingsError";
}

/** Where an empty value means something: that there is none, even where there is a default. */
const mayBeEmpty = new Set(["MLFLOW_AUTH_ADMIN_USERNAME", "MLFLOW_AUTH_ADMIN_PASSWORD"]);

/**
 * Parses settings; an empty variable counts as unset, but for those of the first admin.
 * @throws SettingsError naming every variable that is wrong, and never a value: values hold secrets.
 */
export function parseConfig(environment: NodeJS.ProcessEnv): Config {
  const set = Object.fromEntries(
    Object.entries(environment).filter(([name, value]) => value !== "" || mayBeEmpty.has(name)),
  );
  const parsed = Environment.superRefine(checkEntra).safeParse(set);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) => `${issue.path.join(".")} ${issue.message}`);
  throw new SettingsError(`Settings are wrong: ${problems.join("; ")}`);
}

/** What is wrong with settings, by their names; undefined where nothing is. */
export function settingsProblem(environment: NodeJS.ProcessEnv): string | undefined {
  try {
    parseConfig(environment);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

/**
 * What all paths begin with: `/mlflow`, or nothing. Known before any request, when functions are registered; a wrong
 * one counts as none until `parseConfig` refuses it.
 */
export function staticPrefix(): string {
  const prefix = process.env.MLFLOW_STATIC_PREFIX ?? "";
  return prefixPattern.test(prefix) ? prefix : "";
}
