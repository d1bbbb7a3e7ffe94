import { afterAll, afterEach, beforeAll, describe, expect, inject } from "vitest";
import { setCors } from "../../local/cors.ts";
import { type App, aDatabase, startApp } from "../support/app.ts";
import { chromiumPath, Visitor } from "./browser.ts";
import type { Made } from "./global-setup.ts";

/** A filled app and a browser on it. */
export interface Site {
  app: App;
  visitor: Visitor;
  made: Made;
  /** A page of the experiment. */
  experiment(rest?: string): string;
  /** A page of its first run, which has every kind of artifact. */
  run(rest?: string): string;
}

interface Options {
  /** Whether the storage account's CORS rules let the page in. */
  cors?: boolean;
  env?: Record<string, string>;
}

/** Tests on a site of their own. Each also fails where anything went wrong in the page. */
export function describePage(name: string, { cors = true, env }: Options, tests: (site: Site) => void): void {
  describe.skipIf(!chromiumPath)(name, () => {
    const site = {} as Site;
    let drop: () => Promise<void>;
    beforeAll(async () => {
      const database = await aDatabase("filled");
      drop = database.drop;
      const made = inject("made");
      const app = await startApp({ ...env, MLFLOW_BACKEND_STORE_URI: database.uri });
      await setCors(inject("storage"), [cors ? app.url : "https://elsewhere.example"]);
      const visitor = await Visitor.at(app.url + (env?.MLFLOW_STATIC_PREFIX ?? ""));
      const experiment = (rest = "") => `/experiments/${made.experiment}${rest}`;
      const run = (rest = "") => experiment(`/runs/${made.runs[0]}${rest}`);
      Object.assign(site, { app, visitor, made, experiment, run });
    });
    afterAll(async () => {
      await site.visitor?.close();
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
export const eventually = (look: () => Promise<unknown>) => expect.poll(look, { timeout: 20_000 });
