import { readFile } from "node:fs/promises";
import { expect, inject, it } from "vitest";
import { parseConnectionString } from "../../shared/platform/azure/connection-string.ts";
import { describePage, type Site } from "./site.ts";

const blobs = () => parseConnectionString(inject("storage")).blobUrl;

/** Where the bytes of an artifact came from. */
function source({ visitor, app }: Site, path: string): "app" | "blob" | undefined {
  const answer = visitor.answers.find(
    (found) => new URL(found.url()).pathname.endsWith(`/artifacts/${path}`) && !found.url().includes("/presigned/"),
  );
  if (answer?.url().startsWith(blobs())) return "blob";
  return answer?.url().startsWith(app.url) ? "app" : undefined;
}

function previews(site: Site, from: "app" | "blob") {
  it.each([
    ["notes.txt", "a line of notes"],
    ["data/head.csv", "Previewing the first 20 rows"],
    ["config.json", '"depth"'],
    ["table.json", "question"],
  ])("shows %s", async (path, text) => {
    await site.visitor.open(site.run(`/artifacts/${path}`), text);
    await expect.poll(() => source(site, path)).toBe(from);
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
    const width = "Math.max(...[...document.images].map((image) => image.naturalWidth))";
    await expect.poll(() => site.visitor.page.evaluate(width)).toBeGreaterThan(100);
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

  it("downloads a file", async () => {
    await site.visitor.open(site.run("/artifacts/files/blob.bin"), "files/blob.bin");
    expect(await download(site)).toMatchObject({ name: "blob.bin", size: 256 });
  });
}

async function download({ visitor: { page } }: Site) {
  const started = page.waitForEvent("download");
  await page.locator("button[data-component-id*='artifactview']").click();
  const download = await started;
  const { length } = await readFile(await download.path());
  return { name: download.suggestedFilename(), size: length, url: download.url() };
}

const transfer = `(async () => {
  const api = "ajax-api/2.0/mlflow-artifacts";
  const post = async (path, body) => {
    const headers = { "content-type": "application/json" };
    return (await fetch(api + path, { method: "POST", headers, body: JSON.stringify(body) })).json();
  };
  const { upload_id, credentials } = await post("/mpu/create/browser", { path: "sent.txt", num_parts: 1 });
  const [{ url, headers, part_number }] = credentials;
  const sent = await fetch(url, { method: "PUT", headers, body: "sent by a browser" });
  await sent.text();
  const etag = sent.headers.get("etag");
  await post("/mpu/complete/browser", { path: "sent.txt", upload_id, parts: [{ part_number, url, etag }] });
  const presigned = await (await fetch(api + "/presigned/browser/sent.txt")).json();
  return { etag, read: await (await fetch(presigned.url, { headers: { range: "bytes=0-3" } })).text() };
})()`;

const large = { name: "large.txt", size: 5_500_000 };

describePage("artifacts, where the page may reach the blobs", {}, (site) => {
  previews(site, "blob");

  it("sends and reads blobs from a script as the page's own does", async () => {
    await site.visitor.open("/", "Recent Experiments");
    expect(await site.visitor.page.evaluate(transfer)).toEqual({ etag: expect.stringMatching(/./), read: "sent" });
  });

  it("shows and downloads a large file without the app", async () => {
    await site.visitor.open(site.run("/artifacts/files/large.txt"), "a large line of notes");
    expect(source(site, "files/large.txt")).toBe("blob");
    const { url, ...file } = await download(site);
    expect(file).toEqual(large);
    expect(site.app.log.every(({ responseBytes }) => responseBytes < large.size)).toBe(true);
  });
});

describePage("artifacts, where it may not", { cors: false }, (site) => {
  previews(site, "app");

  it("downloads a large file, which it can't show", async () => {
    await site.visitor.open(site.run("/artifacts/files/large.txt"), "Loading artifact failed");
    expect(await site.visitor.problems()).toEqual([
      ...["presigned", "through the app"].flatMap(() => [
        expect.stringContaining("blocked by CORS policy"),
        expect.stringMatching(/^failed GET .*large\.txt.* net::ERR_FAILED$/),
      ]),
      "the page says: Loading artifact failed",
    ]);
    expect(await download(site)).toMatchObject(large);
    expect(site.app.log.every(({ responseBytes }) => responseBytes < large.size)).toBe(true);
    await site.visitor.open(site.run("/artifacts/notes.txt"), "a line of notes");
  });
});
