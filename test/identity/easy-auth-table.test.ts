import { afterAll } from "vitest";
import { anAuthority } from "../support/authority.ts";
import { easyAuthClaims, easyAuthPrincipal } from "../support/easy-auth.ts";
import { entraDefaults, entraSignIns } from "./entra-table.ts";
import { describeTable } from "./table.ts";

const authority = await anAuthority();
afterAll(() => authority.close());

const principal = (claims: Record<string, string | string[]>, type = "aad") => ({
  "x-ms-client-principal": easyAuthPrincipal(claims, type),
});

describeTable({
  name: "sign-in by EasyAuth",
  settings: { MLFLOW_FUNCTIONS_AUTH: "easyauth", WEBSITE_AUTH_ENABLED: "True", ...authority.settings },
  defaults: entraDefaults,
  // The page is sent to where one signs in.
  redirects: ["GET /"],
  signIns: (app) =>
    entraSignIns(app, {
      authority,
      knowsApps: false,
      headersOf: ({ object, roles, groups }) =>
        principal({ ...easyAuthClaims(authority.tenant, object, roles), groups }),
      wrong: principal(easyAuthClaims(authority.tenant, crypto.randomUUID(), ["Admin"]), "github"),
    }),
});
