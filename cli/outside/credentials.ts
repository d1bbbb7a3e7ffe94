/** What `npm run doctor` signs in with: MLflow's variables, else a token of whom az or azd knows. */
import { execFile } from "node:child_process";
import type { Offered } from "./sign-in.ts";

const commandLimit = 20_000;

export interface Credentials {
  /** Headers of each request; none where nobody has to sign in. */
  headers: Record<string, string>;
  /** Whose they are. */
  from: string;
}

/** Undefined where there are none. Names and passwords go before tokens, as in MLflow's client. */
export async function credentialsFor(offered: Offered, env: NodeJS.ProcessEnv): Promise<Credentials | undefined> {
  const { MLFLOW_TRACKING_USERNAME: name, MLFLOW_TRACKING_PASSWORD: password, MLFLOW_TRACKING_TOKEN: token } = env;
  if (name && password)
    return {
      headers: { authorization: `Basic ${Buffer.from(`${name}:${password}`).toString("base64")}` },
      from: "MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD",
    };
  if (token) return bearer(token, "MLFLOW_TRACKING_TOKEN");
  if (offered.everyone) return { headers: {}, from: "nobody" };
  const resource = resourceOf(offered, env);
  if (!offered.entra || !resource) return undefined;
  const [ofAz, ofAzd] = [
    () =>
      outputOf("az", ["account", "get-access-token", "--resource", resource, "--query", "accessToken", "-o", "tsv"]),
    () => outputOf("azd", ["auth", "token", "--scope", `${resource}/.default`, "--output", "json"]),
  ];
  const az = await ofAz();
  if (az) return bearer(az.trim(), "az");
  const azd = /"token"\s*:\s*"([^"]+)"/.exec((await ofAzd()) ?? "")?.[1];
  return azd ? bearer(azd, "azd") : undefined;
}

const bearer = (token: string, from: string): Credentials => ({ headers: { authorization: `Bearer ${token}` }, from });

/** The application id URI that tokens are for. */
function resourceOf({ client }: Offered, { MLFLOW_FUNCTIONS_ENTRA_AUDIENCES: audiences }: NodeJS.ProcessEnv) {
  const id = audiences?.split(",")[0]?.trim() || client;
  return id && /^[\w:/.-]+$/.test(id) ? (id.includes("://") ? id : `api://${id}`) : undefined;
}

/** On Windows az is a script, which only a shell runs; the arguments hold nothing that means something to it. */
function outputOf(command: string, args: string[]): Promise<string | undefined> {
  const shell = process.platform === "win32";
  return new Promise((resolve) => {
    execFile(command, args, { timeout: commandLimit, shell, windowsHide: true }, (error, stdout) =>
      resolve(error ? undefined : stdout),
    );
  });
}
