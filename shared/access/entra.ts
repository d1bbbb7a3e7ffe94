/** Sign-in with Entra: by a token, or by App Service's own sign-in (EasyAuth) in front of the app. */
import { staticPrefix } from "../platform/config.ts";
import type { AppContext } from "../platform/context.ts";
import { MlflowError } from "../platform/errors.ts";
import { refuseCrossSite } from "../platform/http/cross-site.ts";
import { tokensPage } from "../platform/http/html.ts";
import type { Request } from "../platform/http/request.ts";
import type { PrincipalTables, User } from "../platform/identity/caller.ts";
import { easyAuthCaller } from "../platform/identity/easy-auth.ts";
import { EntraTokens, TokenRefused } from "../platform/identity/entra.ts";
import { onceFor } from "../platform/once.ts";
import { isLogout, type Presented } from "./presented.ts";
import { Principals } from "./principals.ts";

/** The sign-in of a context, which remembers tokens and what their bearers may do. */
const signIn = onceFor(async (app: AppContext) => ({
  principals: new Principals(app),
  tokens: new EntraTokens({
    authority: app.config.MLFLOW_FUNCTIONS_ENTRA_AUTHORITY,
    tenants: app.config.MLFLOW_FUNCTIONS_ENTRA_TENANTS ?? [],
    audiences: app.config.MLFLOW_FUNCTIONS_ENTRA_AUDIENCES ?? [],
    scope: app.config.MLFLOW_FUNCTIONS_ENTRA_SCOPE,
  }),
}));

/** The tables of principals of Entra, which must be there. */
export const principalTables = async (app: AppContext): Promise<PrincipalTables> =>
  (await signIn(app)).principals.tables();

/** What callers of Entra may do. */
export const principalsOf = async (app: AppContext): Promise<Principals> => (await signIn(app)).principals;

/**
 * The bearer of a token, who is remembered while it holds.
 * @throws MlflowError UNAUTHENTICATED where it is not accepted, PERMISSION_DENIED where nothing is granted to them
 */
export async function entraUser(token: string, { key }: Presented, app: AppContext): Promise<User> {
  const { tokens, principals } = await signIn(app);
  const { caller, until } = await accepted(() => tokens.verify(token));
  const user = principals.usersOf(caller);
  app.signedIn.keep(key, () => (Date.now() < until ? user() : undefined));
  return user();
}

/** The header by which EasyAuth says whom it has signed in. */
export const easyAuthHeader = "x-ms-client-principal";

/**
 * Whom EasyAuth has signed in, by its header.
 * @throws MlflowError as `entraUser`
 */
export async function easyAuthUser({ header, key }: Presented, app: AppContext): Promise<User> {
  const { principals } = await signIn(app);
  const caller = await accepted(async () => easyAuthCaller(header, app.config.MLFLOW_FUNCTIONS_ENTRA_TENANTS ?? []));
  const user = principals.usersOf(caller);
  const withSession = (found: User) => ({ ...found, hasSession: true });
  const again = () => {
    const found = user();
    return found instanceof Promise ? found.then(withSession) : withSession(found);
  };
  app.signedIn.keep(key, again);
  return again();
}

/**
 * Whether the settings make the caller of a token, or whom EasyAuth has signed in, an admin. Asks no database.
 * @throws MlflowError UNAUTHENTICATED where the token is not accepted
 */
export async function isEntraAdmin(request: Request, token: string | undefined, app: AppContext): Promise<boolean> {
  const { tokens, principals } = await signIn(app);
  if (token !== undefined) return principals.isAdmin((await accepted(() => tokens.verify(token))).caller);
  if (!isEasyAuthOn(app) || request.header("authorization") !== undefined) return false;
  const header = request.header(easyAuthHeader);
  if (header === undefined) return false;
  refuseCrossSite(request, app.config);
  const { MLFLOW_FUNCTIONS_ENTRA_TENANTS: tenants = [] } = app.config;
  return principals.isAdmin(await accepted(async () => easyAuthCaller(header, tenants)));
}

/** EasyAuth is in front of the app. Elsewhere anyone may send its header. */
export const isEasyAuthOn = ({ config }: AppContext): boolean =>
  config.MLFLOW_FUNCTIONS_AUTH?.includes("easyauth") === true && config.WEBSITE_AUTH_ENABLED?.toLowerCase() === "true";

/** The reason is for the log alone. */
async function accepted<T>(check: () => Promise<T>): Promise<T> {
  try {
    return await check();
  } catch (error) {
    if (!(error instanceof TokenRefused)) throw error;
    throw new MlflowError("UNAUTHENTICATED", error.told, {
      headers: { "www-authenticate": 'Bearer error="invalid_token"' },
      forOperator: true,
      refusesSignIn: true,
      cause: error,
    });
  }
}

const currentUser = "/ajax-api/2.0/mlflow/users/current";

/** Browsers keep that password back until they are asked for one. Other requests of the page name a content type. */
const isBeginOfLogout = (request: Request): boolean =>
  request.url.pathname === `${staticPrefix()}${currentUser}` &&
  request.header("sec-fetch-dest") === "empty" &&
  request.header("content-type") === undefined &&
  request.header("authorization") === undefined;

const leaving = "mlflow_functions_leaving";

/**
 * Sends the page, which only browsers load, to where EasyAuth signs in and out. Its Logout knows nothing of EasyAuth:
 * it asks with wrong credentials, then loads the page again. A cookie remembers the first until the second.
 * @throws MlflowError with the address to go to, or the cookie
 */
export function sendToEasyAuth(request: Request, app: AppContext): void {
  if (!isEasyAuthOn(app)) return;
  // EasyAuth leaves it out where nobody has signed in.
  const isSignedIn = request.header(easyAuthHeader) !== undefined;
  if (isSignedIn && isLogout(request)) throw turnedAway(401, { "set-cookie": cookie("1", 60) });
  if (isSignedIn && isBeginOfLogout(request)) throw turnedAway(401, { "www-authenticate": 'Basic realm="mlflow"' });
  if (!isPage(request) || !["GET", "HEAD"].includes(request.method) || request.header("authorization")) return;
  const page = encodeURIComponent(`${staticPrefix()}${request.url.pathname === tokensPage ? tokensPage : "/"}`);
  const isLeaving = new RegExp(`(^|;) *${leaving}=1`).test(request.header("cookie") ?? "");
  if (isSignedIn && isLeaving)
    throw turnedAway(302, {
      location: `/.auth/logout?post_logout_redirect_uri=${page}`,
      "set-cookie": cookie("", 0),
    });
  if (!isSignedIn) throw turnedAway(302, { location: `/.auth/login/aad?post_login_redirect_uri=${page}` });
}

const isPage = ({ url }: Request) => ["/", staticPrefix(), tokensPage].includes(url.pathname);

const cookie = (value: string, seconds: number) =>
  `${leaving}=${value}; Path=${staticPrefix()}/; Max-Age=${seconds}; HttpOnly; Secure; SameSite=Lax`;

const turnedAway = (status: number, headers: Record<string, string>) =>
  new MlflowError("UNAUTHENTICATED", "You are not signed in.", { status, headers });
