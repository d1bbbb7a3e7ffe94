/** `npm run doctor`: what a deployment still lacks, and how to mend it. */
import { allowsPagesOf, corsRule } from "../shared/artifacts/cors.ts";
import { tryTables } from "../shared/artifacts/grants.ts";
import { artifactsDestination } from "../shared/artifacts/roots.ts";
import { describeFailure } from "../shared/platform/azure/tables.ts";
import type { AppContext } from "../shared/platform/context.ts";
import { exitCodes, print, run } from "../shared/tools/command.ts";
import { Misuse } from "../shared/tools/refusal.ts";
import { addressOf, quoted } from "../shared/tools/secrets.ts";
import { installedVersion } from "../shared/tools/ui.ts";
import { readContext } from "./context.ts";
import { lookAtDatabase, lookAtReplica } from "./doctor-database.ts";
import { lookAtUsers } from "./doctor-users.ts";

const command = {
  call: "npm run doctor",
  does: "Says what a deployment still lacks",
  options: {
    origin: {
      type: "string",
      value: "<url>",
      help: "where the page is loaded from, as https://my-app.azurewebsites.net\n(default: the site of WEBSITE_HOSTNAME, else http://127.0.0.1:7071)",
    },
    "data-dir": {
      type: "string",
      default: ".data",
      value: "<dir>",
      help: "of the npm start to look at where no database or storage is set (default: .data)",
    },
  },
  more: "The settings are those of the environment and of local.settings.json.\nThe exit code is 1 where something is lacking.",
} as const;

interface Finding {
  name: string;
  good: boolean;
  /** The finding, or what to do. */
  text: string;
}

async function main(values: { origin?: string; "data-dir": string }): Promise<number> {
  const context = await readContext(values["data-dir"]);
  const site = context.config.WEBSITE_HOSTNAME;
  const origin = originOf(values.origin ?? (site ? `https://${site}` : "http://127.0.0.1:7071"));
  const looks = [
    found("database", () => lookAtDatabase(context)),
    ...(context.config.MLFLOW_READ_REPLICA_BACKEND_STORE_URI
      ? [found("read replica", () => lookAtReplica(context))]
      : []),
    ...(context.config.MLFLOW_FUNCTIONS_AUTH?.includes("basic") ? [found("users", () => lookAtUsers(context))] : []),
    found("page", page),
    found("CORS rules", () => cors(origin, context)),
    found("tables", () => ledger(context)),
  ];
  const findings = await Promise.all(looks);
  for (const { name, good, text } of findings) print(`${good ? "good   " : "lacking"}  ${name}: ${text}`);
  return findings.every(({ good }) => good) ? exitCodes.done : exitCodes.failed;
}

function originOf(text: string): string {
  if (URL.canParse(text) && /^https?:/.test(text)) return new URL(text).origin;
  throw new Misuse("--origin takes the address of a site, as https://my-app.azurewebsites.net.");
}

/** The result of a check, or why it could not be made. */
async function found(name: string, look: () => Promise<Omit<Finding, "name">>): Promise<Finding> {
  const finding = await look().catch((error: Error) => ({ good: false, text: error.message }));
  return { name, ...finding };
}

async function page() {
  const version = await installedVersion();
  const text = version ? `of MLflow ${version}` : "not in place, and so not in what is deployed. Run: npm run ui";
  return { good: version !== undefined, text };
}

async function cors(origin: string, context: AppContext) {
  const { account } = artifactsDestination(context.config);
  const good = await allowsPagesOf(context, origin);
  if (good) return { good, text: `pages of ${origin} reach the blobs of '${account}'` };
  const command = [
    `az storage cors add --services b --account-name ${quoted(account)} --origins ${quoted(origin)}`,
    `--methods ${corsRule.methods.join(" ")} --allowed-headers '${corsRule.allowedHeaders.join("' '")}'`,
    `--exposed-headers '${corsRule.exposedHeaders.join("' '")}' --max-age ${corsRule.maxAgeInSeconds}`,
  ].join(" ");
  const text = `pages of ${origin} can't reach the blobs of '${account}'. The page works, with previews up to
         MLFLOW_FUNCTIONS_PREVIEW_LIMIT only. Run: ${command}`;
  return { good, text };
}

async function ledger({ tables }: AppContext) {
  const opened = await tables.open();
  if (!opened)
    return { good: false, text: "uploads go on unrecorded, since no storage account is set: AzureWebJobsStorage" };
  try {
    await tryTables(opened, AbortSignal.timeout(10_000));
    return { good: true, text: `the upload ledger and the grant log are kept at ${addressOf(opened.url)}` };
  } catch (error) {
    const text = `uploads go on unrecorded, since ${addressOf(opened.url)} can't be used (${describeFailure(error)}). An identity needs the
         role Storage Table Data Contributor; MLFLOW_FUNCTIONS_TABLES_STORAGE names another account`;
    return { good: false, text };
  }
}

run(command, main);
