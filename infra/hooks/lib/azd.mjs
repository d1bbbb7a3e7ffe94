/** azd and az as programs: settings of the azd environment, and tokens of whoever is signed in. */
import { execFile } from "node:child_process";
import { root, Stop, value } from "./hook.mjs";

const seconds = 60;

const run = (program, args) =>
  new Promise((resolve, reject) => {
    // On Windows az is a batch file, which Node starts through cmd alone. What it is given has been checked by then.
    const [file, given] =
      program === "az" && process.platform === "win32" ? ["cmd.exe", ["/d", "/c", "az", ...args]] : [program, args];
    const options = { cwd: root, timeout: seconds * 1000, windowsHide: true };
    execFile(file, given, options, (error, stdout, stderr) => {
      if (!error) return resolve(stdout);
      const why = error.code === "ENOENT" ? "it is not installed" : error.killed ? `no answer in ${seconds} s` : stderr;
      reject(new Error(`${program} ${args.slice(0, 2).join(" ")}: ${String(why).trim().slice(0, 500)}`));
    });
  });

/** Writes a value into the azd environment, for the steps that follow and for the next run. */
export async function setValue(name, text) {
  await run("azd", ["env", "set", name, text]);
  process.env[name] = text;
}

const tokens = new Map();
const secondsLeft = 120;

/**
 * A token of whoever is signed in with azd, or else with az.
 * @param resource what it is for, as https://graph.microsoft.com
 * @throws Stop if neither gives one
 */
export async function tokenFor(resource, tenant = value("AZURE_TENANT_ID")) {
  if (!/^[\w:/.-]+$/.test(resource) || (tenant && !/^[\w.-]+$/.test(tenant))) throw new Stop("An id is malformed.");
  const key = `${resource} ${tenant}`;
  if (!(claimsOf(tokens.get(key)).exp > Date.now() / 1000 + secondsLeft))
    tokens.set(key, await newToken(`${resource}/.default`, tenant));
  return tokens.get(key);
}

/** A token for the app, of the tenant that it was deployed in. */
export const tokenForApp = (clientId) =>
  tokenFor(`api://${clientId}`, value("SIGN_IN_FEDERATED_ISSUER")?.split("/")[3] ?? value("AZURE_TENANT_ID"));

async function newToken(scope, tenant) {
  const [ofAzd, ofAz] = tenant
    ? [
        ["--tenant-id", tenant],
        ["--tenant", tenant],
      ]
    : [[], []];
  const tries = [
    async () => JSON.parse(await run("azd", ["auth", "token", "--output", "json", "--scope", scope, ...ofAzd])).token,
    async () =>
      JSON.parse(await run("az", ["account", "get-access-token", "--output", "json", "--scope", scope, ...ofAz]))
        .accessToken,
  ];
  const reasons = [];
  for (const attempt of tries) {
    try {
      return await attempt();
    } catch (error) {
      reasons.push(`  ${error.message}`);
    }
  }
  throw new Stop(`There is no token for ${scope}. Sign in with: azd auth login\n${reasons.join("\n")}`);
}

/** What a token says of its owner: `oid`, `tid`. It is not verified: whoever the token is sent to does that. */
export function claimsOf(token) {
  try {
    return JSON.parse(Buffer.from(token.split(".")[1], "base64url").toString());
  } catch {
    return {};
  }
}
