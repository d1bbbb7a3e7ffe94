/** Who makes a request, by the ways to sign in that `MLFLOW_FUNCTIONS_AUTH` names. */
import type { SignInMode } from "../platform/config.ts";
import type { AppContext } from "../platform/context.ts";
import { refuseCrossSite } from "../platform/http/cross-site.ts";
import type { Request } from "../platform/http/request.ts";
import { addressOf, anonymous, type User } from "../platform/identity/caller.ts";
import { once, onceFor } from "../platform/once.ts";
import { BasicSignIn } from "./basic.ts";
import { unauthenticated } from "./errors.ts";

/** The sign-in of a context, which remembers who signed in. */
const basicSignIn = onceFor(async (app: AppContext) => new BasicSignIn(app));

/**
 * Who makes a request.
 * @throws MlflowError UNAUTHENTICATED where nobody has signed in
 */
export async function identify(request: Request, app: AppContext): Promise<User> {
  const modes = app.config.MLFLOW_FUNCTIONS_AUTH ?? [];
  if (modes.length === 0) return anonymous;
  if (hasMode(app, "easyauth")) (await entra()).sendToEasyAuth(request, app);
  const user = await signedIn(request, app);
  if (!user) throw unauthenticated(modes);
  return user;
}

/**
 * Whether an admin makes a request, by the settings and what Entra says of the caller, without the database.
 * @throws MlflowError UNAUTHENTICATED for a token that is not accepted
 */
export async function isAdminByToken(request: Request, app: AppContext): Promise<boolean> {
  const modes = app.config.MLFLOW_FUNCTIONS_AUTH ?? [];
  if (modes.length === 0) return true;
  if (!hasMode(app, "entra") && !hasMode(app, "easyauth")) return false;
  const [, token] = /^bearer +(\S+) *$/i.exec(request.header("authorization") ?? "") ?? [];
  return (await entra()).isEntraAdmin(request, hasMode(app, "entra") ? token : undefined, app);
}

const hasMode = ({ config }: AppContext, mode: SignInMode) => config.MLFLOW_FUNCTIONS_AUTH?.includes(mode) === true;

/** Once: in the bundle each import makes an object. */
const entra = once(() => import("./entra.ts"));

async function signedIn(request: Request, app: AppContext): Promise<User | undefined> {
  const header = request.header("authorization");
  const [, scheme = "", value = ""] = /^(\S+) +(\S+) *$/.exec(header ?? "") ?? [];
  switch (header === undefined ? undefined : scheme.toLowerCase()) {
    case "basic":
      // A browser sends these by itself, whichever page asks.
      refuseCrossSite(request, app.config);
      return byPassword(value, request, app);
    case "bearer":
      return hasMode(app, "entra") ? (await entra()).entraUser(value, app) : undefined;
    case undefined:
      if (!hasMode(app, "easyauth")) return undefined;
      refuseCrossSite(request, app.config);
      return (await entra()).easyAuthUser(request, app);
    default:
      return undefined;
  }
}

async function byPassword(encoded: string, request: Request, app: AppContext): Promise<User | undefined> {
  const { name, password } = decoded(encoded) ?? {};
  if (name === undefined || password === undefined) return undefined;
  if (hasMode(app, "entra")) {
    const { entraUser, looksLikeToken } = await entra();
    if (looksLikeToken(password)) return entraUser(password, app);
  }
  if (!hasMode(app, "basic")) return undefined;
  return (await basicSignIn(app)).signIn({ name, password, address: addressOf(request) });
}

/** Undefined for what is not base64 of UTF-8 with a colon in it. */
function decoded(encoded: string): { name: string; password: string } | undefined {
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(encoded)) return undefined;
  const bytes = Buffer.from(encoded, "base64");
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    const colon = text.indexOf(":");
    return colon < 0 ? undefined : { name: text.slice(0, colon), password: text.slice(colon + 1) };
  } catch {
    return undefined;
  }
}
