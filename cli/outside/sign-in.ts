/** Which ways to sign in an app offers, and whether it refuses who does not. */
import type { Look } from "../findings.ts";
import { type Answer, ask, askUrl, type Site, saidBy } from "./site.ts";

export interface Offered {
  basic: boolean;
  entra: boolean;
  easyauth: boolean;
  /** Nobody has to sign in. */
  everyone: boolean;
  /** The app registration's id, as the page's sign-in tells it. */
  client?: string;
  look: Look;
}

const nothing = { basic: false, entra: false, easyauth: false, everyone: false };

/** A route for whoever has signed in, which needs no database. */
const anyRoute = "/ajax-api/3.0/mlflow/ui-telemetry";

/** Asks a route of the API and the page as someone who has not signed in. */
export async function offeredSignIn(site: Site): Promise<Offered> {
  const [api, page] = await Promise.all([ask(site, anyRoute), ask(site, "/")]);
  if (api.status === 200) return { ...nothing, everyone: true, look: forEveryone(site) };
  if (api.status === 403 && saidBy(api).includes("MLFLOW_FUNCTIONS_AUTH"))
    return { ...nothing, look: bad("none is configured, so the app serves only /health. Set MLFLOW_FUNCTIONS_AUTH") };
  if (typeof api.json.error_code !== "string") return { ...nothing, look: ofPlatform(api) };
  if (api.status !== 401) return { ...nothing, look: bad(`it can't be tried: ${saidBy(api)}`) };
  const challenge = api.headers.get("www-authenticate") ?? "";
  const way = page.status === 302 ? (page.headers.get("location") ?? "") : "";
  const offered = {
    ...nothing,
    basic: /\bbasic\b/i.test(challenge),
    entra: /\bbearer\b/i.test(challenge),
    easyauth: way.startsWith("/.auth/login/"),
  };
  if (!offered.easyauth) return { ...offered, look: ways(offered) };
  const { client, problem } = await pageSignIn(site, way);
  return { ...offered, client, look: problem ? bad(problem) : ways(offered) };
}

const bad = (text: string): Look => ({ good: false, text });

const forEveryone = ({ isLocal }: Site): Look =>
  isLocal
    ? { good: true, text: "everyone on this machine is served" }
    : bad(
        "everyone who reaches the app may read, change and delete all. Set MLFLOW_FUNCTIONS_AUTH to entra, easyauth or basic",
      );

/** The platform's own sign-in answers before the app is asked. */
const ofPlatform = ({ status }: Answer): Look =>
  bad(
    `an API request without sign-in is answered ${status} by something before the app, which would refuse passwords and tokens too. ` +
      "In App Service Authentication set *Allow unauthenticated access* (AllowAnonymous): the app itself refuses",
  );

function ways({ basic, entra, easyauth }: Pick<Offered, "basic" | "entra" | "easyauth">): Look {
  const named = [
    ...(basic ? ["a name and a password"] : []),
    ...(entra ? ["tokens of Microsoft Entra ID"] : []),
    ...(easyauth ? ["App Service's sign-in for the page"] : []),
  ];
  if (named.length === 0) return bad("requests without sign-in are refused, and no way to sign in is offered");
  return { good: true, text: `by ${named.join(", ")}; a request without is refused` };
}

/** Follows the page to where it signs in: no further than the authority's address. */
async function pageSignIn(site: Site, way: string): Promise<{ client?: string; problem?: string }> {
  const { status, headers, json } = await askUrl(site.origin + way);
  const location = headers.get("location") ?? "";
  // Where the platform does not take the path, the app itself refuses it.
  if (status === 404 || typeof json.error_code === "string")
    return {
      problem:
        "the page is sent to App Service's sign-in, which is off: turn it on, or take easyauth out of MLFLOW_FUNCTIONS_AUTH",
    };
  if (!URL.canParse(location))
    return { problem: `the page's sign-in at ${way.split("?")[0]} answers ${status} without an address` };
  const { searchParams } = new URL(location);
  const back = searchParams.get("redirect_uri") ?? "";
  const client = searchParams.get("client_id") ?? undefined;
  if (back && URL.canParse(back) && new URL(back).host !== site.host)
    return { client, problem: `after sign-in the page is sent to ${new URL(back).host}, not to ${site.host}` };
  return { client };
}
