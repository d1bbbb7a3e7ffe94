import { describe, expect, it } from "vitest";
import { describePage } from "./site.ts";

describePage("MLflow's page", {}, (site) => {
  it("is loaded compressed, each file once, and from the cache the next time", async () => {
    const { visitor } = site;
    await visitor.open("/", "Recent Experiments");
    const files = visitor.answers.filter((answer) => answer.url().includes("/static-files/"));
    expect(files.length).toBeGreaterThan(5);
    for (const file of files) {
      const type = file.request().resourceType();
      const encoding = (await file.allHeaders())["content-encoding"];
      if (type === "script" || type === "stylesheet") expect([file.url(), encoding]).toEqual([file.url(), "br"]);
    }
    const entry = visitor.answers.find((answer) => answer.request().resourceType() === "document");
    expect((await entry!.allHeaders())["content-encoding"]).toBe("br");
    const urls = files.map((file) => file.url());
    expect(urls).toEqual([...new Set(urls)]);
    const asked = site.app.log.length;
    await visitor.open("/", "Recent Experiments");
    const again = site.app.log.slice(asked).filter(({ path }) => /\/static-files\/.*\.(js|css)$/.test(path));
    expect(again).toEqual([]);
  });

  describe("opens", () => {
    it.each([
      ["home", "/", "Recent Experiments"],
      ["experiments", "/experiments", "Which customers will leave next month?"],
      ["settings", "/settings", "Theme preference"],
    ])("%s", (_, route, text) => site.visitor.open(route, text));

    it.each([
      ["traces", "/traces", "Start tracing your LLM application"],
      ["evaluation datasets", "/datasets", "Create an evaluation dataset"],
      ["evaluation runs", "/evaluation-runs", "mlp-64-lr0.003"],
      ["judges", "/judges", /judge/i],
      ["chat sessions", "/chat-sessions", /session/i],
      ["issues", "/issues", /issues/i],
      ["overview", "/overview", /trace/i],
      ["logged models", "/models", "classifier"],
      ["prompts of an experiment", "/prompts", /prompt/i],
    ])("%s", (_, route, text) => site.visitor.open(site.experiment(route), text));

    it("prompts and a prompt", async () => {
      await site.visitor.open("/prompts", "greeting");
      await site.visitor.open("/prompts/greeting", "kindly.");
    });
  });

  it("says so where a run is not there", async () => {
    const { visitor } = site;
    await visitor.open(site.experiment("/runs/0123456789abcdef0123456789abcdef"), "Page Not Found");
    expect(await visitor.problems()).toEqual(["the page says: Page Not Found"]);
    await visitor.open("/", "Recent Experiments");
  });
});
