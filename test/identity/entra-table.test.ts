import { afterAll } from "vitest";
import { anAuthority } from "../support/authority.ts";
import { entraDefaults, entraSignIns } from "./entra-table.ts";
import { describeTable } from "./table.ts";

const authority = await anAuthority();
afterAll(() => authority.close());

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

describeTable({
  name: "sign-in with Entra",
  settings: { MLFLOW_FUNCTIONS_AUTH: "entra", ...authority.settings },
  defaults: entraDefaults,
  signIns: async (app) => {
    const expired = await authority.userToken({ roles: ["Admin"], exp: 1_700_000_000 });
    return entraSignIns(app, {
      authority,
      knowsApps: true,
      headersOf: async ({ isApp, object, roles, groups }) =>
        bearer(
          isApp
            ? await authority.appToken({ oid: object, sub: object, roles, groups })
            : await authority.userToken({ oid: object, roles, groups }),
        ),
      wrong: bearer(expired),
    });
  },
});
