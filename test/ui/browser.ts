import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { resolve } from "node:path";
import { type Browser, chromium, type Page } from "playwright-core";

/** The installed Chromium; undefined where there is none. */
export const chromiumPath = [
  process.env.CHROMIUM_PATH,
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
]
  .filter((path) => path !== undefined)
  .find((path) => existsSync(path));

const screenshots = resolve("test/output/ui");

/** What a stock server's page reports too. */
const expected = [
  // No such route without sign-in.
  /^404 GET .*\/ajax-api\/2\.0\/mlflow\/users\/current$/,
  // The page ends its telemetry worker as soon as telemetry is off.
  /TelemetryLogger.*ERR_ABORTED/,
  /ResizeObserver loop completed/,
  // A page that is left drops what it was still asking for.
  /^failed .*net::ERR_ABORTED$/,
  // A document in a sandbox, which is what it is for.
  /sandboxed and lacks the 'allow-same-origin' flag/,
  // A film on an empty page, and the tiles of a map; neither is the server's.
  /^failed GET https:\/\/(mlflow\.org|[abc]\.tile\.openstreetmap\.org)\//,
];

/** A browser on an app, that notes whatever goes wrong in it. */
export class Visitor {
  readonly page: Page;
  private readonly browser: Browser;
  private readonly url: string;
  private found: string[] = [];

  private constructor(browser: Browser, page: Page, url: string) {
    this.browser = browser;
    this.page = page;
    this.url = url;
    this.listen();
  }

  static async at(url: string): Promise<Visitor> {
    await mkdir(screenshots, { recursive: true });
    const args = [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ];
    const browser = await chromium.launch({ executablePath: chromiumPath, headless: true, args });
    const context = await browser.newContext({ viewport: { width: 1400, height: 900 } });
    // The assistant's panel opens by itself in a new browser, and once.
    await context.addInitScript(`if (location.protocol === "http:" && self === top)
      localStorage.setItem("mlflow.assistant.fab.autoOpenedOnFirstLoad_v1", "true")`);
    const page = await context.newPage();
    page.setDefaultTimeout(30_000);
    return new Visitor(browser, page, url);
  }

  private listen(): void {
    this.page.on("pageerror", ({ message }) => this.found.push(`page error: ${message}`));
    this.page.on("console", (message) => {
      // The browser writes one for each failed request, which is noted below with its address.
      if (message.type() === "error" && !message.text().startsWith("Failed to load resource"))
        this.found.push(`console: ${message.text()}`);
    });
    this.page.on("requestfailed", (request) =>
      this.found.push(`failed ${request.method()} ${request.url()} ${request.failure()?.errorText}`),
    );
    this.page.on("response", (response) => {
      if (response.status() >= 400)
        this.found.push(`${response.status()} ${response.request().method()} ${response.url()}`);
    });
  }

  /** Loads a page anew and waits for a text on it. */
  async open(route: string, text: string | RegExp): Promise<void> {
    await this.page.goto("about:blank");
    await this.page.goto(`${this.url}/#${route}`);
    await this.sees(text);
  }

  async sees(text: string | RegExp): Promise<void> {
    await this.page.getByText(text).locator("visible=true").first().waitFor();
  }

  async keep(name: string): Promise<void> {
    await this.page.screenshot({ path: `${screenshots}/${name}.png`, animations: "disabled" });
  }

  /** What went wrong since it was asked last. An error state is one that the page says in words. */
  async problems(): Promise<string[]> {
    const found = this.found.filter((line) => !expected.some((pattern) => pattern.test(line)));
    this.found = [];
    // biome-ignore lint/performance/useDomNodeTextContent: what can be seen is meant.
    const text = await this.page.locator("body").innerText();
    const said =
      /Something went wrong|Loading artifact failed|Couldn't load|Page Not Found|An error occurred|failed to load|INTERNAL_ERROR/i.exec(
        text,
      );
    return said ? [...found, `the page says: ${said[0]}`] : found;
  }

  close(): Promise<void> {
    return this.browser.close();
  }
}
