/** `npm run doctor -- --url`: what a deployed app lacks, as far as it can be seen from outside. */
import type { Check } from "../../shared/health/check.ts";
import { siteCause } from "../../shared/platform/causes/site.ts";
import { type Finding, found, type Look } from "../findings.ts";
import { type Credentials, credentialsFor } from "./credentials.ts";
import { lookAtCors, roundTrip } from "./round-trip.ts";
import { offeredSignIn } from "./sign-in.ts";
import { type Answer, ask, NoAnswer, type Site, saidBy } from "./site.ts";
import { lookAtTls } from "./tls.ts";

/** @param origin where the page is loaded from */
export async function lookFromOutside(site: Site, origin: string, env: NodeJS.ProcessEnv): Promise<Finding[]> {
  const tls = await found("TLS", () => lookAtTls(site).catch(notLooked));
  const reached = await reach(site);
  const first = [tls, ...reached.findings];
  // A password or a token is sent neither in the clear nor to a stranger.
  if (!reached.answer || (!tls.good && !tls.skipped)) return first;
  const offered = await offeredSignIn(site);
  const info = await found("server-info", () => serverInfo(site));
  const credentials = await credentialsFor(offered, env);
  const seen = [...first, clock(reached.answer), { name: "sign-in", ...offered.look }, info];
  if (!credentials) return [...seen, noCredentials(offered.basic)];
  return [...seen, ...(await signedIn(site, credentials, origin))];
}

/** Reaching the app says why. */
const notLooked = (): Look => ({ good: true, skipped: true, text: "no certificate was shown" });

/** The first answer may have waited for the app to start. */
async function reach(site: Site): Promise<{ answer?: Answer; findings: Finding[] }> {
  const name = "reached";
  const lacking = (fault: Parameters<typeof siteCause>[0]) => {
    const { message, mend } = siteCause(fault, site.host);
    return { findings: [{ name, good: false, text: `${message} ${mend}` }] };
  };
  try {
    const answer = await ask(site, "/health");
    const { status, text, took } = answer;
    if (status !== 200 || text !== "OK") return lacking({ code: "", status, text });
    return { answer, findings: [{ name, good: true, text: `the first answer took ${seconds(took)}` }] };
  } catch (error) {
    if (!(error instanceof NoAnswer)) throw error;
    return lacking({ code: error.code, text: error.message });
  }
}

const seconds = (milliseconds: number) => `${(milliseconds / 1000).toFixed(2)} s`;

const mostAhead = 60_000;

function clock({ headers, took }: Answer): Finding {
  const theirs = Date.parse(headers.get("date") ?? "");
  if (Number.isNaN(theirs))
    return { name: "this machine's clock", good: true, skipped: true, text: "the app tells no time" };
  const ahead = Date.now() - took / 2 - theirs;
  const good = Math.abs(ahead) <= mostAhead;
  const by = `${Math.round(Math.abs(ahead) / 1000)} s ${ahead > 0 ? "ahead of" : "behind"} the app's`;
  return {
    name: "this machine's clock",
    good,
    text: good ? "agrees with the app's" : `is ${by}. Set it by a time server`,
  };
}

/** The 3.18 client waits three seconds for it, once. */
const infoLimit = 1_000;

async function serverInfo(site: Site): Promise<Look> {
  const answers = [];
  for (let tries = 0; tries < 3; tries++) answers.push(await ask(site, "/api/3.0/mlflow/server-info"));
  const last = answers.at(-1)!;
  if (last.status !== 200 || typeof last.json.store_type !== "string")
    return { good: false, text: `clients ask it first, and ${saidBy(last)}` };
  const quickest = Math.min(...answers.map(({ took }) => took));
  const text = `answered in ${seconds(quickest)}`;
  return quickest <= infoLimit
    ? { good: true, text }
    : {
        good: false,
        text: `${text}; clients give up after 3 s, and then send artifacts through the app. Use a nearer region, or always-ready instances`,
      };
}

const noCredentials = (basic: boolean): Finding => ({
  name: "credentials",
  good: false,
  text: basic
    ? "none are at hand. Set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD"
    : "none are at hand. Set MLFLOW_TRACKING_TOKEN, or run `az login` (or `azd auth login`) and set MLFLOW_FUNCTIONS_ENTRA_AUDIENCES to the app registration's id",
});

async function signedIn(site: Site, { headers, from }: Credentials, origin: string): Promise<Finding[]> {
  const deep = await ask(site, "/health?deep", { headers });
  if (deep.status === 401 || deep.status === 403)
    return [{ name: "credentials", good: false, text: `those of ${from} are refused: ${saidBy(deep)}` }];
  const findings = [...inside(deep), await found("/version", () => version(site, headers))];
  const trip = await roundTrip({ site, headers }).catch((error: Error) => ({
    look: { good: false, text: error.message },
    storage: undefined,
  }));
  findings.push({ name: "round trip", ...trip.look });
  const { storage } = trip;
  if (storage) findings.push(await found("CORS rules", () => lookAtCors(storage, origin)));
  return findings;
}

/** What the app says of what it needs. */
function inside(deep: Answer): Finding[] {
  const checks = deep.json.checks as Check[] | undefined;
  if (!Array.isArray(checks))
    return [{ name: "/health?deep", good: false, text: `it does not say what works: ${saidBy(deep)}` }];
  return checks.map(({ name, ok, message, mend }) => ({
    name: `app's ${name}`,
    good: ok === true,
    text: [message, mend].filter(Boolean).join(" "),
  }));
}

/** Clients parse it as a version. */
async function version(site: Site, headers: Record<string, string>): Promise<Look> {
  const answer = await ask(site, "/version", { headers });
  const good = answer.status === 200 && /^\d+\.\d+\.\d+$/.test(answer.text);
  return { good, text: good ? `MLflow ${answer.text}` : `clients can't read it as a version: ${saidBy(answer)}` };
}
