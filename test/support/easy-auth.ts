/** What EasyAuth, the sign-in of App Service, puts before the app. */

/** What EasyAuth tells the app of who signed in at it: a value for `X-MS-CLIENT-PRINCIPAL`. */
export function easyAuthPrincipal(claims: Record<string, string | string[]>, type = "aad"): string {
  const all = Object.entries(claims).flatMap(([typ, values]) => [values].flat().map((val) => ({ typ, val })));
  const principal = { auth_typ: type, name_typ: nameType, role_typ: roleType, claims: all };
  return Buffer.from(JSON.stringify(principal)).toString("base64");
}

const nameType = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress";
const roleType = "http://schemas.microsoft.com/ws/2008/06/identity/claims/role";

/** The claims of one whom EasyAuth signed in, under the long names that it gives them. */
export const easyAuthClaims = (
  tenant: string,
  object: string,
  roles: string[] = [],
): Record<string, string | string[]> => ({
  "http://schemas.microsoft.com/identity/claims/tenantid": tenant,
  "http://schemas.microsoft.com/identity/claims/objectidentifier": object,
  [nameType]: "someone@example.com",
  [roleType]: roles,
});
