import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { resolve } from "node:path";
import {
  type Browser,
  chromium,
  type HTTPCredentials,
  type Locator,
  type Page,
  type Request,
  type Response,
} from "playwright-core";

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

/** What the same page reports on a stock server too. */
const expected = [
  // No such route without sign-in.
  /^404 GET .*\/ajax-api\/2\.0\/mlflow\/users\/current$/,
  // The admin page asks for workspaces. A stock server without them answers 503.
  /^501 GET .*\/ajax-api\/3\.0\/mlflow\/workspaces$/,
  // It asks whether a new name is taken.
  /^404 GET .*\/experiments\/get-by-name\?/,
  /ResizeObserver loop completed/,
  // A page that leads elsewhere by itself drops it.
  /^failed GET .*\/TelemetryLogger\.[\w.-]+ net::ERR_ABORTED$/,
  // The page drops a search that it asks anew.
  /^failed POST .*\/traces\/search net::ERR_ABORTED$/,
  // A film on an empty page, and the tiles of a map; neither is the server's.
  /^failed GET https:\/\/(mlflow\.org|[abc]\.tile\.openstreetmap\.org)\//,
];

const errorStates =
  /Something went wrong|Loading artifact failed|Couldn't load|Page Not Found|An error occurred|failed to load|Request error|Can't load|INTERNAL_ERROR/i;

const flags = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** The Chromium of all that looks at the page. */
export const launch = () => chromium.launch({ executablePath: chromiumPath, headless: true, args: flags });

// A new browser opens the assistant's panel, and covers the page with a hint. An artifact's frame has no storage.
const settle = `if (location.protocol === "http:" && self === top) {
  localStorage.setItem("mlflow.assistant.fab.autoOpenedOnFirstLoad_v1", "true");
  localStorage.setItem("mlflow.detectIssues.guidanceShown_v1", "true");
  localStorage.setItem("mlflow.workflowType_v1", '"machine_learning"');
}`;

/** What can be read in an element: a line for each block. */
// biome-ignore lint/performance/useDomNodeTextContent: it has what is hidden too.
export const seen = (element: Locator): Promise<string> => element.innerText();

/** A browser on an app, that notes whatever goes wrong in it. */
export class Visitor {
  readonly page: Page;
  /** Every answer since the last page was opened. */
  answers: Response[] = [];
  private readonly browser: Browser;
  private readonly url: string;
  private found: string[] = [];
  private brokenOff: string[] = [];
  private downloaded = new Set<string>();
  private leaving = false;

  private constructor(browser: Browser, page: Page, url: string) {
    this.browser = browser;
    this.page = page;
    this.url = url;
    this.listen();
  }

  /** @param httpCredentials what the browser's own dialog is answered with, where a server asks for a password */
  static async at(url: string, httpCredentials?: HTTPCredentials): Promise<Visitor> {
    await mkdir(screenshots, { recursive: true });
    const browser = await launch();
    const context = await browser.newContext({ viewport: { width: 1400, height: 900 }, httpCredentials });
    await context.addInitScript(settle);
    const page = await context.newPage();
    page.setDefaultTimeout(60_000);
    return new Visitor(browser, page, url);
  }

  private listen(): void {
    this.page.on("pageerror", ({ message }) => this.found.push(`page error: ${message}`));
    this.page.on("console", (message) => {
      // The browser writes one for each failed request, which is noted below with its address.
      if (message.type() === "error" && !message.text().startsWith("Failed to load resource"))
        this.found.push(`console: ${message.text()}`);
    });
    this.page.on("download", (download) => this.downloaded.add(download.url()));
    this.page.on("requestfailed", (request) => this.noteFailure(request));
    this.page.on("response", (response) => {
      this.answers.push(response);
      if (response.status() >= 400)
        this.found.push(`${response.status()} ${response.request().method()} ${response.url()}`);
    });
  }

  private noteFailure(request: Request): void {
    const reason = request.failure()?.errorText;
    // A page that is left drops what it was still asking for.
    if (this.leaving && reason === "net::ERR_ABORTED") return;
    // The browser breaks off a navigation that turns out to be a download.
    if (request.isNavigationRequest() && reason === "net::ERR_ABORTED") this.brokenOff.push(request.url());
    else this.found.push(`failed ${request.method()} ${request.url()} ${reason}`);
  }

  /** Loads a page anew and waits for a text on it. */
  async open(route: string, text: string | RegExp): Promise<void> {
    await this.leave();
    await this.page.goto(`${this.url}/#${route}`);
    await this.sees(text);
  }

  /** Leaves the page. */
  async leave(): Promise<void> {
    this.leaving = true;
    // The page may be on its way to another one by itself, and then once more.
    for (let tries = 1; ; tries++) {
      const interrupted = await this.page.goto("about:blank").then(
        () => undefined,
        (error: Error) => error,
      );
      if (!interrupted) break;
      if (tries === 5 || !interrupted.message.includes("interrupted by another navigation")) throw interrupted;
      await this.page.waitForLoadState();
    }
    this.leaving = false;
    this.answers = [];
  }

  async sees(text: string | RegExp): Promise<void> {
    await this.page.getByText(text).locator("visible=true").first().waitFor();
  }

  /** Presses a button, of the open dialog where there is one. */
  async press(name: string | RegExp): Promise<void> {
    const dialog = this.page.getByRole("dialog");
    const within = (await dialog.count()) > 0 ? dialog.last() : this.page;
    await within
      .getByRole("button", { name, exact: typeof name === "string" })
      .first()
      .click();
  }

  /** An element by the name that MLflow's page gives it. */
  part(name: string): Locator {
    return this.page.locator(`[data-component-id="${name}"]`);
  }

  async keep(name: string): Promise<void> {
    await this.page.screenshot({ path: `${screenshots}/${name}.png`, animations: "disabled" });
  }

  /** What went wrong since it was asked last. An error state is one that the page says in words. */
  async problems(): Promise<string[]> {
    const found = this.found.filter((line) => !expected.some((pattern) => pattern.test(line)));
    found.push(...this.brokenOff.filter((url) => !this.downloaded.has(url)).map((url) => `broken off ${url}`));
    this.found = [];
    this.brokenOff = [];
    const said = errorStates.exec(await seen(this.page.locator("body")));
    return said ? [...found, `the page says: ${said[0]}`] : found;
  }

  close(): Promise<void> {
    return this.browser.close();
  }
}
