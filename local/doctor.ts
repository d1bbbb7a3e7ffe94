/** `npm run doctor`: what a deployment still lacks for MLflow's page, and how to mend it. */
import { parseArgs } from "node:util";
import { allowsPagesOf, corsRule } from "../shared/blob/cors.ts";
import { artifactsDestination } from "../shared/blob/roots.ts";
import { config } from "../shared/config.ts";
import { readLocalSettings } from "./settings.ts";
import { installedVersion } from "./ui.ts";

const help = `Says what a deployment still lacks for MLflow's page: npm run doctor -- [options]

  --origin <url>  where the page is loaded from, as https://my-app.azurewebsites.net
                  (default: the site of WEBSITE_HOSTNAME, else http://127.0.0.1:7071)
  --help          this text

The settings are those of the environment and of local.settings.json.`;

interface Finding {
  name: string;
  good: boolean;
  /** What it is, or what to do. */
  text: string;
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { origin: { type: "string" }, help: { type: "boolean", short: "h" } } });
  if (values.help) return console.log(help);
  await readLocalSettings();
  const site = config().WEBSITE_HOSTNAME;
  const origin = new URL(values.origin ?? (site ? `https://${site}` : "http://127.0.0.1:7071")).origin;
  const findings = await Promise.all([page(), cors(origin)]);
  for (const { name, good, text } of findings) console.log(`${good ? "good   " : "lacking"}  ${name}: ${text}`);
  if (findings.some(({ good }) => !good)) process.exitCode = 1;
}

async function page(): Promise<Finding> {
  const version = await installedVersion();
  const text = version ? `of MLflow ${version}` : "not in place, and so not in what is deployed. Run: npm run ui";
  return { name: "page", good: version !== undefined, text };
}

async function cors(origin: string): Promise<Finding> {
  const { account } = artifactsDestination(config());
  const good = await allowsPagesOf(origin);
  if (good) return { name: "CORS rules", good, text: `pages of ${origin} reach the blobs of '${account}'` };
  const command = [
    `az storage cors add --services b --account-name ${account} --origins ${origin}`,
    `--methods ${corsRule.methods.join(" ")} --allowed-headers '${corsRule.allowedHeaders.join("' '")}'`,
    `--exposed-headers '${corsRule.exposedHeaders.join("' '")}' --max-age ${corsRule.maxAgeInSeconds}`,
  ].join(" ");
  const text = `pages of ${origin} can't reach the blobs of '${account}'. The page works, with artifacts up to
         MLFLOW_FUNCTIONS_PREVIEW_LIMIT only. Run: ${command}`;
  return { name: "CORS rules", good, text };
}

main().catch((error: Error) => {
  console.error(error.message);
  process.exit(1);
});
