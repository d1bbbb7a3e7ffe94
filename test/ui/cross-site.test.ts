import { afterAll, beforeAll, expect, it } from "vitest";
import { basicSettings } from "../identity/signed-in.ts";
import { easyAuthClaims, easyAuthPrincipal } from "../support/easy-auth.ts";
import { startEasyAuthFront } from "../support/easy-auth-front.ts";
import { attacks, startOtherSite } from "./other-site.ts";
import { describePage, mlflow, type Options, type Site } from "./site.ts";

const tenant = crypto.randomUUID();
const accounts = { Admin: easyAuthClaims(tenant, crypto.randomUUID(), ["Admin"]) };
const admin = { username: "admin", password: basicSettings.MLFLOW_AUTH_ADMIN_PASSWORD };
const basic = `Basic ${Buffer.from(`${admin.username}:${admin.password}`).toString("base64")}`;

interface Way extends Options {
  env: Record<string, string>;
  /** Signs in requests that the test makes itself. */
  headers: Record<string, string>;
}

const ways: Record<string, Way> = {
  "by a password": { env: basicSettings, credentials: admin, headers: { authorization: basic } },
  "in a session of EasyAuth": {
    env: {
      MLFLOW_FUNCTIONS_AUTH: "easyauth",
      MLFLOW_FUNCTIONS_ENTRA_TENANTS: tenant,
      WEBSITE_AUTH_ENABLED: "True",
    },
    front: ({ url }) => startEasyAuthFront(url, accounts),
    headers: { "x-ms-client-principal": easyAuthPrincipal(accounts.Admin) },
  },
};

let other: Awaited<ReturnType<typeof startOtherSite>>;
beforeAll(async () => {
  other = await startOtherSite();
});
afterAll(() => other?.close());

async function signIn({ visitor: { page }, url }: Site): Promise<void> {
  await page.goto(url);
  const inside = page.getByText("Recent Experiments").first();
  const account = page.getByRole("link", { name: "Admin" });
  await inside.or(account).waitFor();
  if (await account.isVisible()) await account.click();
  await inside.waitFor();
}

/** What the attempts would change: experiments, and the files of a run. */
async function stateOf({ app, made }: Site, headers: Record<string, string>): Promise<string[]> {
  const { rows } = await app.db.query("SELECT name FROM experiments ORDER BY name");
  const { body } = await app.request("GET", `${mlflow}/artifacts/list?run_id=${made.runs[1]}`, { headers });
  return [...rows.map(({ name }) => name), ...body.files.map(({ path }: { path: string }) => path)];
}

/** Opens the other site and makes an attempt there. @returns what its POST was answered */
async function attempt(site: Site, host: string, name: string): Promise<number> {
  const from = site.app.log.length;
  const posted = () => site.app.log.slice(from).find(({ method }) => method === "POST")?.status;
  await site.visitor.page.goto(`http://${host}:${other.port}/`);
  await attacks[name]!(site.visitor.page, { url: site.url, run: site.made.runs[1]! });
  await expect.poll(posted, { timeout: 20_000 }).toBeDefined();
  await site.visitor.leave();
  const unrelated = (await site.visitor.problems()).filter((problem) => !isRefusal.test(problem));
  expect(unrelated).toEqual([]);
  return posted()!;
}

/** What the browser says of a refused attempt. */
const isRefusal = /^40[13] POST |^failed (POST|OPTIONS) |^console: Access to fetch at /;

const settingOff = { MLFLOW_SERVER_DISABLE_SECURITY_MIDDLEWARE: "true" };
const settingOn = { MLFLOW_SERVER_DISABLE_SECURITY_MIDDLEWARE: "false" };

for (const [way, { headers, ...options }] of Object.entries(ways)) {
  describePage(`while an admin is signed in ${way}`, { ...options, env: { ...options.env, ...settingOn } }, (site) => {
    let before: string[];
    it("a page of the app itself changes something", async () => {
      await signIn(site);
      const create = `fetch("ajax-api/2.0/mlflow/experiments/create", { method: "POST", body: '{"name":"by-the-page"}',
        headers: { "content-type": "application/json" } }).then(({ status }) => status)`;
      expect(await site.visitor.page.evaluate(create)).toBe(200);
      before = await stateOf(site, headers);
    });

    it.each(Object.keys(attacks))("a page of another site changes nothing: %s", async (name) => {
      expect(await attempt(site, "127.0.0.1", name)).toBe(403);
      // From there, the browser itself keeps back some of what the user signed in with.
      expect([401, 403]).toContain(await attempt(site, "localhost", name));
      expect(await stateOf(site, headers)).toEqual(before);
    });
  });

  describePage(
    `with this protection off, signed in ${way}`,
    { ...options, env: { ...options.env, ...settingOff } },
    (site) => {
      it("forms and scripts of another site upload, so that the attempts are real ones", async () => {
        await signIn(site);
        expect(await attempt(site, "localhost", "a form that uploads")).toBe(200);
        expect(await attempt(site, "127.0.0.1", "a script that uploads")).toBe(200);
        expect(await stateOf(site, headers)).toEqual(expect.arrayContaining(["form.txt", "script.txt"]));
      });
    },
  );
}
