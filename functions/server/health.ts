import type { z } from "zod";
import type { Check, Health } from "../../shared/health/check.ts";
import { MlflowError } from "../../shared/platform/errors.ts";
import { asksDeep } from "../../shared/platform/http/guard.ts";
import { plainText, Reply } from "../../shared/platform/http/reply.ts";
import type { Context, SignIn } from "../../shared/platform/http/route.ts";
import { causeOf, onceAMinute } from "../../shared/platform/once-a-minute.ts";
import type { Nothing } from "./schemas.ts";

/** `OK`, whatever else works; with `?deep`, whether all that the app needs works, for who has signed in. */
export async function health(_: z.output<typeof Nothing>, context: Context): Promise<Reply> {
  return asksDeep(context.request) ? deep(context) : plainText("OK");
}

async function deep(context: Context): Promise<Reply> {
  const { asAdmin, fault } = await whoAsks(context.signIn);
  if (fault && !asAdmin) return answer(noSignIn(fault, context));
  const { deepHealth } = await import("../../shared/health/deep.ts");
  const found = await deepHealth(context);
  for (const { name, message, mend = "" } of found.checks.filter(({ ok }) => !ok))
    onceAMinute(`${name}: ${message} ${mend}`, context.caller.warn);
  return answer(asAdmin ? found : { ...found, checks: found.checks.map(inFewWords) });
}

const answer = (found: Health) =>
  new Reply(
    found.status === "ok" ? 200 : 503,
    { "content-type": "application/json", "cache-control": "no-store" },
    JSON.stringify(found),
  );

/** Milliseconds. Who has signed in may be known by the database alone, which may be away. */
const signInLimit = 3_000;

interface Asker {
  asAdmin: boolean;
  /** Why it can't be told who asks. */
  fault?: MlflowError;
}

/** @throws MlflowError where nobody has signed in, or they may do nothing */
async function whoAsks(signIn: SignIn): Promise<Asker> {
  try {
    return { asAdmin: (await inTime(signIn.user())).access.isAdmin };
  } catch (error) {
    if (!(error instanceof MlflowError) || !isAway(error)) throw error;
    return { asAdmin: await isAdminByToken(signIn), fault: error };
  }
}

async function isAdminByToken(signIn: SignIn): Promise<boolean> {
  try {
    return await inTime(signIn.isAdminByToken());
  } catch (error) {
    if (error instanceof MlflowError && isAway(error)) return false;
    throw error;
  }
}

/** Not the wait after wrong passwords, which has no cause. */
const isAway = ({ status, cause }: MlflowError) => status === 503 || (status === 429 && cause !== undefined);

async function inTime<T>(work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new MlflowError("TEMPORARILY_UNAVAILABLE", "It does not answer.")), signInLimit);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}

function noSignIn({ message, cause }: MlflowError, { caller }: Context): Health {
  if (cause !== undefined) onceAMinute(`Nobody can sign in. ${message} Cause: ${causeOf(cause)}`, caller.warn);
  return {
    status: "failing",
    checks: [
      {
        name: "sign-in",
        ok: false,
        message: `It can't be told who asks. ${message}`,
        mend: "The app's log says why. An admin by an app role of Entra is told here too; so is `npm run doctor` beside the app's settings.",
      },
    ],
  };
}

/** Names of servers, roles and accounts are for admins. */
const inFewWords = ({ name, ok }: Check): Check => ({
  name,
  ok,
  message: ok ? "It works." : "It does not work. Admins are told why.",
});
