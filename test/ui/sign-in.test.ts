import { expect, it } from "vitest";
import { basicSettings, makeUsers, password } from "../identity/signed-in.ts";
import { Visitor } from "./browser.ts";
import { describePage, eventually, type Site } from "./site.ts";

const model = "churn-classifier";
const permissionDenied = /Permission denied/;

/** Everything that a reader tries to change. */
async function stateOf({ app }: Site): Promise<unknown> {
  const tables = ["runs", "tags", "model_versions", "model_version_tags"];
  const rows = tables.map((table) => `(SELECT json_agg(t ORDER BY t::text) FROM ${table} t) AS ${table}`);
  return (await app.db.query(`SELECT ${rows}`)).rows[0];
}

describePage(
  "a reader who signs in with a password",
  { env: basicSettings, credentials: { username: "rita", password }, prepare: (app) => makeUsers(app, ["rita"]) },
  (site) => {
    it("is asked for it", async () => {
      const stranger = await Visitor.at(site.app.url);
      try {
        await expect(stranger.page.goto(site.app.url)).rejects.toThrow("ERR_INVALID_AUTH_CREDENTIALS");
        const { status, headers } = await site.app.request("GET", "/");
        expect([status, headers.get("www-authenticate")]).toEqual([401, expect.stringMatching(/^Basic /)]);
      } finally {
        await stranger.close();
      }
    });

    it("sees experiments, runs and models", async () => {
      const { visitor } = site;
      await visitor.open("/experiments", "Which customers will leave next month?");
      await visitor.open(site.experiment("/runs"), "16 matching runs");
      await visitor.open("/models", model);
      await visitor.open(`/models/${model}/versions/1`, "The first one in production.");
      await visitor.page.getByText(/Inputs ?\(3\)/).waitFor();
      await visitor.open("/prompts/greeting", "kindly.");
    });

    it("sees artifacts", async () => {
      const { visitor } = site;
      await visitor.open(site.run("/artifacts/notes.txt"), "a line of notes");
      await visitor.open(site.run("/artifacts/data/head.csv"), "Previewing the first 20 rows");
      await visitor.open(site.experiment(`/models/${site.made.models[0]}/artifacts`), "python_env.yaml");
    });

    const tag = async () => {
      const { page } = site.visitor;
      await site.visitor.open(`/models/${model}/versions/2`, /Inputs ?\(3\)/);
      await page.getByPlaceholder("Name").fill("grade");
      await page.getByPlaceholder("Value").fill("A");
      await page.getByRole("button", { name: "Add", exact: true }).click();
    };
    const openMenu = async (item: string) => {
      await site.visitor.open(site.run(), "About this run");
      await site.visitor.page.getByTestId("overflow-menu-trigger").click();
      await site.visitor.page.getByText(item).click();
    };
    const rename = async () => {
      await openMenu("Rename");
      await site.visitor.page.getByRole("dialog").getByRole("textbox").fill("renamed");
      await site.visitor.press("Save");
    };
    const remove = async () => {
      await openMenu("Delete");
      await site.visitor.press(/Delete/);
    };
    it.each([
      ["sets no tag", tag, /^403 POST .*\/model-versions\/set-tag$/],
      ["renames no run", rename, /^403 POST .*\/runs\/update$/],
      ["deletes no run", remove, /^403 POST .*\/runs\/delete$/],
    ])("%s, and is told", async (_, attempt, request) => {
      const before = await stateOf(site);
      await attempt();
      await site.visitor.sees(permissionDenied);
      expect(await site.visitor.problems()).toEqual([expect.stringMatching(request)]);
      expect(await stateOf(site)).toEqual(before);
    });

    it("sees nobody else on the admin page, and no buttons", async () => {
      const { visitor } = site;
      await visitor.open("/admin", "Platform Admin");
      await visitor.page.getByRole("link", { name: "rita" }).waitFor();
      expect(await visitor.page.getByRole("row").getByRole("link").allInnerTexts()).toEqual(["rita"]);
      expect(await visitor.page.getByRole("button", { name: "Create User" }).count()).toBe(0);
    });

    it("signs out, and is asked again", async () => {
      const { page } = site.visitor;
      const logout = async () => {
        const from = site.app.log.length;
        await page.getByText("rita", { exact: true }).click();
        await page.getByText("Logout").click();
        await eventually(async () => entered(from)).toContain(401);
        return from;
      };
      const entered = (from: number) =>
        site.app.log.slice(from).flatMap(({ path, status }) => (path === "/" ? [status] : []));
      await site.visitor.open("/", "Recent Experiments");
      const from = await logout();
      await eventually(async () => entered(from)).toEqual([401, 200]);
      await site.visitor.sees("Recent Experiments");
      // Now the browser's dialog is closed without an answer.
      await page.context().setHTTPCredentials(null);
      await logout();
      await eventually(async () => page.url()).toMatch(/^chrome-error:/);
      const expected = /^401 GET .*\/(users\/current)?$|^failed GET .*(ERR_INVALID_AUTH_CREDENTIALS|ERR_ABORTED)$/;
      expect((await site.visitor.problems()).filter((problem) => !expected.test(problem))).toEqual([]);
    });
  },
);
