import { readFile } from "node:fs/promises";
import { expect, inject, it } from "vitest";
import { parseConnectionString } from "../../shared/blob/connection-string.ts";
import { describePage, type Site } from "./site.ts";

/** Where the bytes of the artifact shown last came from. */
const source = ({ visitor, app }: Site, name: string) => {
  const { blobUrl } = parseConnectionString(inject("storage"));
  const answer = visitor.answers.findLast(
    (found) => new URL(found.url()).pathname.endsWith(name) && found.request().method() === "GET" && found.ok(),
  );
  return answer?.url().startsWith(app.url) ? "app" : answer?.url().startsWith(blobUrl) ? "blob" : answer?.url();
};

function previews(site: Site, from: "app" | "blob") {
  it.each([
    ["notes.txt", "a line of notes"],
    ["data/head.csv", "Previewing the first 20 rows"],
    ["config.json", '"depth"'],
    ["table.json", "View as table"],
  ])("shows %s", async (path, text) => {
    await site.visitor.open(site.run(`/artifacts/${path}`), text);
    expect(source(site, path)).toBe(from);
  });

  it("shows HTML, whose scripts don't reach the API", async () => {
    const { page } = site.visitor;
    await site.visitor.open(site.run("/artifacts/report.html"), "report.html");
    await page.frameLocator("iframe").getByText("kept away").waitFor();
    expect(await page.locator("iframe").getAttribute("sandbox")).not.toContain("allow-same-origin");
    const { status } = await site.app.get("/api/2.0/mlflow/experiments/get-by-name", {
      experiment_name: "by-a-script",
    });
    expect(status).toBe(404);
  });

  it("shows an image", async () => {
    await site.visitor.open(site.run("/artifacts/plots/customers.png"), "plots/customers.png");
    const image = site.visitor.page.locator("img[src^='blob:'], img[src^='data:image/png']").first();
    await expect.poll(() => image.evaluate("(image) => image.naturalWidth")).toBeGreaterThan(100);
  });

  it("shows a PDF", async () => {
    await site.visitor.open(site.run("/artifacts/files/page.pdf"), "files/page.pdf");
    await site.visitor.page.locator("canvas").first().waitFor();
  });

  it("shows a map", async () => {
    await site.visitor.open(site.run("/artifacts/files/map.geojson"), "files/map.geojson");
    await site.visitor.page.locator(".leaflet-container").first().waitFor();
  });

  it("shows a logged model and its files", async () => {
    const model = site.experiment(`/models/${site.made.models[0]}`);
    await site.visitor.open(model, "About this logged model");
    await site.visitor.open(`${model}/artifacts`, "python_env.yaml");
    await site.visitor.page.getByText("MLmodel").click();
    await site.visitor.sees("artifact_path");
  });

  it.each([
    ["files/blob.bin", 256],
    ["files/large.txt", 5_500_000],
  ])("downloads %s", async (path, size) => {
    const { page } = site.visitor;
    await site.visitor.open(site.run(`/artifacts/${path}`), path);
    const download = page.waitForEvent("download");
    await page
      .getByRole("button", { name: /download/i })
      .first()
      .click();
    expect((await download).suggestedFilename()).toBe(path.split("/").at(-1));
    expect((await readFile(await (await download).path())).length).toBe(size);
  });
}

describePage("artifacts, where the page may reach the blobs", {}, (site) => previews(site, "blob"));
describePage("artifacts, where it may not", { cors: false }, (site) => previews(site, "app"));
