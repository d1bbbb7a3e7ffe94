/** What keeps people from signing in with Entra, by a token or by App Service's own sign-in. */
import * as z from "zod";
import type { Config } from "../shared/platform/config.ts";
import type { AppContext } from "../shared/platform/context.ts";
import { clockSkew, keysAddress } from "../shared/platform/identity/entra.ts";
import { isEasyAuthMarked } from "../shared/platform/identity/entra-settings.ts";
import { causeOf } from "../shared/platform/once-a-minute.ts";
import { shown } from "../shared/platform/shown.ts";
import type { Look } from "./findings.ts";

/** Milliseconds for each answer of the authority. */
const timeLimit = 10_000;

const Discovery = z.object({ issuer: z.string() });
const Keys = z.object({ keys: z.array(z.object({ kid: z.string(), kty: z.string() })) });

/** Looks at what tokens are checked by: each tenant's discovery document and keys, and this machine's clock. */
export async function lookAtEntra({ config }: AppContext): Promise<Look> {
  const tenants = config.MLFLOW_FUNCTIONS_ENTRA_TENANTS ?? [];
  const lacks = (await Promise.all(tenants.map((tenant) => ofTenant(config, tenant)))).flat();
  if (lacks.length > 0) return { good: false, text: [...new Set(lacks)].join("; ") };
  const { MLFLOW_FUNCTIONS_ENTRA_AUDIENCES: audiences = [], MLFLOW_FUNCTIONS_ENTRA_AUTHORITY: authority } = config;
  const text = `${authority} has the keys of ${tenants.join(", ")}; tokens must be for ${audiences.join(" or ")}`;
  return { good: true, text };
}

async function ofTenant({ MLFLOW_FUNCTIONS_ENTRA_AUTHORITY: authority }: Config, tenant: string): Promise<string[]> {
  try {
    const discovery = await read(`${authority}/${tenant}/v2.0/.well-known/openid-configuration`, Discovery);
    const keys = await read(keysAddress(authority, tenant, "2.0"), Keys);
    return [
      ...ofIssuer(discovery.value.issuer, `${authority}/${tenant}/v2.0`),
      ...ofClock(discovery.date),
      ...(keys.value.keys.some(({ kty }) => kty === "RSA") ? [] : [`the tenant ${tenant} publishes no RSA key`]),
    ];
  } catch (error) {
    return [
      `the tenant ${tenant} can't be looked up: ${(error as Error).message}. See MLFLOW_FUNCTIONS_ENTRA_TENANTS and
         MLFLOW_FUNCTIONS_ENTRA_AUTHORITY, and whether the network lets the app reach it`,
    ];
  }
}

const ofIssuer = (issuer: string, expected: string): string[] =>
  issuer === expected
    ? []
    : [
        `${expected} calls itself ${shown(issuer)}, and its tokens would be refused. MLFLOW_FUNCTIONS_ENTRA_AUTHORITY must be the
         address that it has in tokens`,
      ];

/** @param date as an answer's header has it, in whole seconds */
function ofClock(date: string | null): string[] {
  const apart = Math.round((Date.now() - Date.parse(date ?? "")) / 1000);
  // Without a date in the answer there is nothing to compare.
  if (!(Math.abs(apart) > clockSkew)) return [];
  return [
    `this machine's clock is ${Math.abs(apart)} s ${apart > 0 ? "ahead of" : "behind"} Entra's, and tokens are taken with a difference of
         ${clockSkew} s at most. Set the clock`,
  ];
}

/** @throws Error that names the address */
async function read<T>(url: string, schema: z.ZodType<T>): Promise<{ value: T; date: string | null }> {
  const signal = AbortSignal.timeout(timeLimit);
  const response = await fetch(url, { redirect: "error", signal }).catch((error: unknown) => {
    throw new Error(`${url} does not answer (${causeOf(error)})`);
  });
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
  const parsed = schema.safeParse(await response.json().catch(() => undefined));
  if (!parsed.success) throw new Error(`${url} answered something else than a tenant does`);
  return { value: parsed.data, date: response.headers.get("date") };
}

/** Whether the platform signs people in in front of the app. Without its marker anyone could send its header. */
export async function lookAtEasyAuth({ config }: AppContext): Promise<Look> {
  if (isEasyAuthMarked(config)) return { good: true, text: "App Service's sign-in is in front of the app" };
  return {
    good: false,
    text: `MLFLOW_FUNCTIONS_AUTH has easyauth, but App Service's sign-in is off here (WEBSITE_AUTH_ENABLED is not True): nobody is signed in
         by it. Turn it on for the app (az webapp auth microsoft update), where the platform sets that itself`,
  };
}
