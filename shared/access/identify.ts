/** Who makes a request, by the ways to sign in that `MLFLOW_FUNCTIONS_AUTH` names. */
import type { SignInMode } from "../platform/config.ts";
import type { AppContext } from "../platform/context.ts";
import { refuseCrossSite } from "../platform/http/cross-site.ts";
import type { Request } from "../platform/http/request.ts";
import { addressOf, anonymous, type User } from "../platform/identity/caller.ts";
import { once, onceFor } from "../platform/once.ts";
import { isToken } from "../tokens/rules.ts";
import { ApiTokens } from "./api-tokens.ts";
import { BasicSignIn } from "./basic.ts";
import { unauthenticated } from "./errors.ts";
import { decoded, looksLikeToken, type Presented } from "./presented.ts";

/** The sign-in of a context, which remembers its users. */
const basicSignIn = onceFor(async (app: AppContext) => new BasicSignIn(app));

/** The API tokens of a context, which remembers them. */
export const apiTokens = onceFor(async (app: AppContext) => new ApiTokens(app, () => basicSignIn(app)));

/**
 * Who makes a request. A promise only where it has to be found out.
 * @throws MlflowError UNAUTHENTICATED where nobody has signed in
 */
export function identify(request: Request, app: AppContext): User | Promise<User> {
  if (modesOf(app).length === 0) return anonymous;
  return hasMode(app, "easyauth") ? behindEasyAuth(request, app) : byHeader("authorization", request, app);
}

export { triedName } from "./presented.ts";

/**
 * Whether an admin makes a request, by the settings and what Entra says of the caller, without the database.
 * @throws MlflowError UNAUTHENTICATED for a token that is not accepted
 */
export async function isAdminByToken(request: Request, app: AppContext): Promise<boolean> {
  if (modesOf(app).length === 0) return true;
  if (!hasMode(app, "entra") && !hasMode(app, "easyauth")) return false;
  const [, token] = /^bearer +(\S+) *$/i.exec(request.header("authorization") ?? "") ?? [];
  // Only the database knows whose an API token is.
  if (token !== undefined && isToken(token)) return false;
  return (await entra()).isEntraAdmin(request, hasMode(app, "entra") ? token : undefined, app);
}

const modesOf = ({ config }: AppContext) => config.MLFLOW_FUNCTIONS_AUTH ?? [];

const hasMode = (app: AppContext, mode: SignInMode) => modesOf(app).includes(mode);

/** Once: in the bundle each import makes an object. */
const entra = once(() => import("./entra.ts"));

async function behindEasyAuth(request: Request, app: AppContext): Promise<User> {
  const { easyAuthHeader, isEasyAuthOn, sendToEasyAuth } = await entra();
  sendToEasyAuth(request, app);
  if (request.header("authorization") !== undefined) return byHeader("authorization", request, app);
  refuseCrossSite(request, app.config);
  if (!isEasyAuthOn(app)) throw unauthenticated(modesOf(app));
  return byHeader(easyAuthHeader, request, app);
}

function byHeader(name: string, request: Request, app: AppContext): User | Promise<User> {
  const header = request.header(name);
  if (header === undefined) throw unauthenticated(modesOf(app));
  // A browser sends these by itself, whichever page asks.
  if (basic.test(header)) refuseCrossSite(request, app.config);
  const key = app.signedIn.keyOf(name, header);
  const known = app.signedIn.userOf(key);
  const verify = () => verified({ name, header, key, address: addressOf(request) }, app);
  if (known instanceof Promise) return known.then((user) => user ?? verify());
  return known ?? verify();
}

const basic = /^basic /i;

async function verified(presented: Presented, app: AppContext): Promise<User> {
  const user = await signIn(presented, app);
  if (!user) throw unauthenticated(modesOf(app), true);
  return user;
}

async function signIn(presented: Presented, app: AppContext): Promise<User | undefined> {
  if (presented.name !== "authorization") return (await entra()).easyAuthUser(presented, app);
  const [, scheme = "", value = ""] = /^(\S+) +(\S+) *$/.exec(presented.header) ?? [];
  switch (scheme.toLowerCase()) {
    case "basic":
      return byPassword(value, presented, app);
    case "bearer":
      if (isToken(value)) return (await apiTokens(app)).signIn(value, presented);
      return hasMode(app, "entra") ? (await entra()).entraUser(value, presented, app) : undefined;
    default:
      return undefined;
  }
}

async function byPassword(encoded: string, presented: Presented, app: AppContext): Promise<User | undefined> {
  const { name, password } = decoded(encoded) ?? {};
  if (name === undefined || password === undefined) return undefined;
  if (isToken(password)) return (await apiTokens(app)).signIn(password, presented);
  if (hasMode(app, "entra")) {
    // Some clients and front ends know no other way to send a token.
    if (looksLikeToken(password)) return (await entra()).entraUser(password, presented, app);
  }
  if (!hasMode(app, "basic")) return undefined;
  return (await basicSignIn(app)).signIn({ name, password }, presented);
}
