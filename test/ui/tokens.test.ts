import { expect, it } from "vitest";
import { basicSettings, makeUsers, password } from "../identity/signed-in.ts";
import { describePage } from "./site.ts";

describePage(
  "the page of API tokens",
  { env: basicSettings, credentials: { username: "tina", password }, prepare: (app) => makeUsers(app, ["tina"]) },
  (site) => {
    it("makes a token that signs in, and revokes it", async () => {
      const { page } = site.visitor;
      await site.visitor.leave();
      await page.goto(`${site.url}/account/tokens`);
      await page.getByText("You have no API tokens.").waitFor();
      await page.getByLabel("Name").fill("nightly");
      await page.getByLabel("Only to read").check();
      await page.getByRole("button", { name: "Make" }).click();
      await page.getByRole("status").waitFor();
      const [token] = /mlfn_\w+/.exec((await page.locator("pre").textContent()) ?? "") ?? [];
      const whoIs = () =>
        site.app.request("GET", "/api/2.0/mlflow/users/current", { headers: { authorization: `Bearer ${token}` } });
      expect((await whoIs()).body.user.username).toBe("tina");
      await page.goto(`${site.url}/account/tokens`);
      await page.getByRole("cell", { name: "all that you may, only to read" }).waitFor();
      expect(await page.content()).not.toContain(token);
      await page.getByRole("button", { name: "Revoke" }).click();
      await page.getByText("You have no API tokens.").waitFor();
      expect((await whoIs()).status).toBe(401);
    });
  },
);
