/** Who App Service's own sign-in (EasyAuth) says that a caller is. */
import * as z from "zod";
import { type EntraCaller, TokenRefused } from "./entra.ts";

const Principal = z.object({
  auth_typ: z.string(),
  name_typ: z.string().nullish(),
  role_typ: z.string().nullish(),
  claims: z.array(z.object({ typ: z.string(), val: z.string() })),
});

const microsoft = "http://schemas.microsoft.com/identity/claims/";
const soap = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/";
const ws2008 = "http://schemas.microsoft.com/ws/2008/06/identity/claims/";

/** The names of a claim: that of a token, and the long ones that the platform gives it. */
const names = {
  tenant: ["tid", `${microsoft}tenantid`],
  object: ["oid", `${microsoft}objectidentifier`],
  subject: ["sub", `${soap}nameidentifier`],
  scope: ["scp", `${microsoft}scope`],
  type: ["idtyp"],
  roles: ["roles", `${ws2008}role`],
  groups: ["groups", `${ws2008}groups`],
  display: ["preferred_username", "upn", `${soap}upn`, `${soap}emailaddress`, "name", `${soap}name`],
};

/**
 * Reads a `X-MS-CLIENT-PRINCIPAL`, which is base64 of JSON. Only the platform may have set it: whoever calls this has
 * made sure.
 * @throws TokenRefused where it does not name someone of these tenants
 */
export function easyAuthCaller(header: string, tenants: readonly string[]): EntraCaller {
  const { auth_typ, name_typ, role_typ, claims } = parse(header);
  if (auth_typ !== "aad") throw refused("is not of Entra (auth_typ aad)");
  const all = (...types: (string | null | undefined)[]) =>
    claims.filter(({ typ }) => types.includes(typ)).map(({ val }) => val);
  const [tenant, ...otherTenants] = new Set(all(...names.tenant));
  const [object, ...otherObjects] = new Set(all(...names.object));
  if (!tenant || !object || otherTenants.length + otherObjects.length > 0)
    throw refused("does not name one tenant and one object id");
  if (!tenants.includes(tenant))
    throw new TokenRefused(
      "You are signed in with an account of another tenant.",
      "EasyAuth let in someone of a tenant that MLFLOW_FUNCTIONS_ENTRA_TENANTS does not list",
    );
  const [subject] = all(...names.subject);
  const isApp = all(...names.type).includes("app") || (all(...names.scope).length === 0 && subject === object);
  return {
    kind: isApp ? "app" : "user",
    tenant,
    object,
    display: all(...names.display, name_typ)[0] ?? object,
    appRoles: [...new Set(all(...names.roles, role_typ))],
    groups: [...new Set(all(...names.groups))],
    groupsLeftOut: all("hasgroups").includes("true") || all("_claim_names").some((value) => value.includes('"groups"')),
  };
}

function parse(header: string): z.output<typeof Principal> {
  try {
    return Principal.parse(JSON.parse(Buffer.from(header, "base64").toString("utf8")));
  } catch {
    throw refused("can't be read");
  }
}

const refused = (how: string) =>
  new TokenRefused("The sign-in is not accepted.", `The X-MS-CLIENT-PRINCIPAL of a request ${how}`);
