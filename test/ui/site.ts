import type { HTTPCredentials } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, inject } from "vitest";
import { setCors } from "../../local/cors.ts";
import { type App, aDatabase, startApp } from "../support/app.ts";
import { chromiumPath, Visitor } from "./browser.ts";
import type { Made } from "./global-setup.ts";

/** A filled app and a browser on it. */
export interface Site {
  app: App;
  /** Where the page is. */
  url: string;
  visitor: Visitor;
  made: Made;
  /** A page of the experiment. */
  experiment(rest?: string): string;
  /** A page of its first run, which has every kind of artifact. */
  run(rest?: string): string;
}

export interface Options {
  /** Whether the storage account's CORS rules let the page in. */
  cors?: boolean;
  env?: Record<string, string>;
  /** What is done before the browser opens the page, such as to make users. */
  prepare?: (app: App) => Promise<unknown>;
  /** What a server that asks for a password is told. */
  credentials?: HTTPCredentials;
  /** Starts what stands between the browser and the app. */
  front?: (app: App) => Promise<Front>;
}

export interface Front {
  url: string;
  close(): Promise<void>;
}

/** Tests on a site of their own. Each also fails where anything went wrong in the page. */
export function describePage(name: string, options: Options, tests: (site: Site) => void): void {
  const { cors = true, env, credentials } = options;
  describe.skipIf(!chromiumPath)(name, () => {
    const site = {} as Site;
    let drop: () => Promise<void>;
    let front: Front | undefined;
    beforeAll(async () => {
      const database = await aDatabase("filled");
      drop = database.drop;
      const made = inject("made");
      const app = await startApp({ ...env, MLFLOW_BACKEND_STORE_URI: database.uri });
      await options.prepare?.(app);
      front = await options.front?.(app);
      const { url } = front ?? app;
      await setCors(inject("storage"), [cors ? url : "https://elsewhere.example"]);
      const visitor = await Visitor.at(url + (env?.MLFLOW_STATIC_PREFIX ?? ""), credentials);
      const experiment = (rest = "") => `/experiments/${made.experiment}${rest}`;
      const run = (rest = "") => experiment(`/runs/${made.runs[0]}${rest}`);
      Object.assign(site, { app, url, visitor, made, experiment, run });
    });
    afterAll(async () => {
      await site.visitor?.close();
      await front?.close();
      await site.app?.close();
      await drop?.();
    });
    afterEach(async ({ task }) => {
      await site.visitor.keep(task.name.replace(/\W+/g, "-"));
      expect(await site.visitor.problems()).toEqual([]);
    });
    tests(site);
  });
}

export const mlflow = "/api/2.0/mlflow";

/** Asks until it is so: the page writes in its own time. */
export const eventually = (look: () => Promise<unknown>) => expect.poll(look, { timeout: 60_000 });
