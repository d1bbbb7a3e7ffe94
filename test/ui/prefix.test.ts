import { expect, it } from "vitest";
import { describePage } from "./site.ts";

const env = { MLFLOW_STATIC_PREFIX: "/team/mlflow" };

describePage("under a prefix, the page", { env }, (site) => {
  it("shows runs", () => site.visitor.open(site.experiment("/runs"), "16 matching runs"));

  it("draws charts", async () => {
    await site.visitor.open(site.experiment("/runs?compareRunsMode=CHART"), /Model metrics ?\(4\)/);
    await site.visitor.page.locator(".js-plotly-plot .scatterlayer .trace").first().waitFor();
  });

  it("shows artifacts and models", async () => {
    await site.visitor.open(site.run("/artifacts/notes.txt"), "a line of notes");
    await site.visitor.open("/models/churn-classifier/versions/1", "The first one in production.");
  });

  it("asks nothing outside of it", () => {
    const outside = site.app.log.filter(({ path }) => !path.startsWith(`${env.MLFLOW_STATIC_PREFIX}/`));
    expect(outside).toEqual([]);
  });
});

describePage("under a prefix, without CORS rules, the page", { env, cors: false }, (site) => {
  it("shows artifacts", () => site.visitor.open(site.run("/artifacts/notes.txt"), "a line of notes"));
});
