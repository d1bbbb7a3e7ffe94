/** `npm run doctor`: what a deployment still lacks, and how to mend it. */
import { allowsPagesOf } from "../shared/artifacts/cors.ts";
import { tryTables } from "../shared/artifacts/grants.ts";
import { artifactsDestination } from "../shared/artifacts/roots.ts";
import type { Check } from "../shared/health/check.ts";
import { checkSigning, checkStorage } from "../shared/health/storage.ts";
import { describeFailure, tablesCause } from "../shared/platform/azure/tables.ts";
import type { SignInMode } from "../shared/platform/config.ts";
import type { AppContext } from "../shared/platform/context.ts";
import { run } from "../shared/tools/command.ts";
import { Misuse } from "../shared/tools/refusal.ts";
import { addressOf } from "../shared/tools/secrets.ts";
import { readSettings } from "../shared/tools/settings.ts";
import { installedVersion } from "../shared/tools/ui.ts";
import { readContext } from "./context.ts";
import { lookAtDatabase, lookAtReplica } from "./doctor-database.ts";
import { lookAtEasyAuth, lookAtEntra } from "./doctor-sign-in.ts";
import { lookAtUsers } from "./doctor-users.ts";
import { type Finding, found, type Look, report } from "./findings.ts";
import { lookFromOutside } from "./outside/index.ts";
import { corsAdvice } from "./outside/round-trip.ts";
import { siteOf } from "./outside/site.ts";

const command = {
  call: "npm run doctor",
  does: "Says what a deployment still lacks",
  options: {
    url: {
      type: "string",
      value: "<url>",
      help: "of a deployed app to look at from outside, signed in by MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD,\nby MLFLOW_TRACKING_TOKEN, or with Entra by the account of az or azd",
    },
    origin: {
      type: "string",
      value: "<url>",
      help: "where the page is loaded from, as https://my-app.azurewebsites.net\n(default: that of --url, else the site of WEBSITE_HOSTNAME, else http://127.0.0.1:7071)",
    },
    json: { type: "boolean", default: false, help: "one JSON object: whether all is good, and each finding" },
    "data-dir": {
      type: "string",
      default: ".data",
      value: "<dir>",
      help: "of the npm start to look at where no database or storage is set (default: .data)",
    },
  },
  more: "Without --url, the settings are those of the environment and of local.settings.json.\nThe exit code is 1 where something is lacking.",
} as const;

interface Given {
  url?: string;
  origin?: string;
  json: boolean;
  "data-dir": string;
}

async function main({ url, origin, json, "data-dir": dataDir }: Given): Promise<number> {
  if (url === undefined) return report(await lookAtSettings(dataDir, origin), json);
  const site = siteOf(url);
  return report(await lookFromOutside(site, origin === undefined ? site.origin : originOf(origin), process.env), json);
}

async function lookAtSettings(dataDir: string, given: string | undefined): Promise<Finding[]> {
  const hostStorage = await lookAtHostStorage();
  const context = await readContext(dataDir);
  const site = context.config.WEBSITE_HOSTNAME;
  const origin = originOf(given ?? (site ? `https://${site}` : "http://127.0.0.1:7071"));
  const signsIn = (mode: SignInMode) => context.config.MLFLOW_FUNCTIONS_AUTH?.includes(mode) === true;
  const looks = [
    found("database", () => lookAtDatabase(context)),
    ...(context.config.MLFLOW_READ_REPLICA_BACKEND_STORE_URI
      ? [found("read replica", () => lookAtReplica(context))]
      : []),
    ...(signsIn("basic") ? [found("users", () => lookAtUsers(context))] : []),
    ...(signsIn("entra") ? [found("Entra", () => lookAtEntra(context))] : []),
    ...(signsIn("easyauth") ? [found("EasyAuth", () => lookAtEasyAuth(context))] : []),
    found("storage", async () => lookOf(await checkStorage(context))),
    found("delegation key", async () => lookOf(await checkSigning(context))),
    ...(hostStorage ? [found("host storage", async () => hostStorage)] : []),
    found("page", page),
    found("CORS rules", () => cors(origin, context)),
    found("tables", () => ledger(context)),
  ];
  return Promise.all(looks);
}

const lookOf = ({ ok, message, mend }: Check): Look => ({
  good: ok,
  text: [message, mend].filter(Boolean).join(" "),
});

/** Tools put it back as an empty text, which the host takes for a connection string and does not start with. */
async function lookAtHostStorage(): Promise<Look | undefined> {
  if ((await readSettings()).AzureWebJobsStorage !== "") return undefined;
  const text = `AzureWebJobsStorage is set, and empty. The Functions host on Azure takes that for a connection string and does not start: remove
         the setting where AzureWebJobsStorage__accountName names the account, or set it`;
  return { good: false, text };
}

function originOf(text: string): string {
  if (URL.canParse(text) && /^https?:/.test(text)) return new URL(text).origin;
  throw new Misuse("--origin takes the address of a site, as https://my-app.azurewebsites.net.");
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
  return { good, text: corsAdvice(account, origin) };
}

async function ledger({ tables, config }: AppContext) {
  const opened = await tables.open();
  if (!opened)
    return { good: false, text: "uploads go on unrecorded, since no storage account is set: AzureWebJobsStorage" };
  try {
    await tryTables(opened, AbortSignal.timeout(10_000));
    return { good: true, text: `the upload ledger and the grant log are kept at ${addressOf(opened.url)}` };
  } catch (error) {
    const { message, mend } = tablesCause(error, config);
    const text = `uploads go on unrecorded, since ${addressOf(opened.url)} can't be used (${describeFailure(error)}). ${message} ${mend}`;
    return { good: false, text };
  }
}

run(command, main);
