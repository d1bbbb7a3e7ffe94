import { type IncomingHttpHeaders, request } from "node:http";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type StockServer, startStock } from "../acceptance/stock-server.ts";
import { type App, aDatabase, startApp } from "../support/app.ts";
import { aDestination } from "../support/artifacts.ts";
import { chromiumPath } from "./browser.ts";

/** What a browser makes of an answer. */
interface Answered {
  status: number | "preflight";
  /** Whether pages of the origin that asked may read it, and with credentials. */
  readable?: string;
  headers: Record<string, string>;
}

const compared = /^(x-.*|content-security-policy|referrer-policy|permissions-policy|strict-transport-security)$/;

interface Asked {
  method?: string;
  path: string;
  headers?: Record<string, string>;
}

function securityOf(headers: IncomingHttpHeaders): Record<string, string> {
  const found = Object.entries(headers).filter(
    ([name, value]) => compared.test(name) || (name === "content-disposition" && /^attachment/.test(String(value))),
  );
  return Object.fromEntries(found.map(([name, value]) => [name, String(value)]));
}

/** Without an Origin nobody looks at these headers, and stock sends them at times all the same. */
function readability(origin: string | undefined, headers: IncomingHttpHeaders) {
  if (!origin) return {};
  const allowed = [origin, "*"].includes(headers["access-control-allow-origin"] ?? "");
  return { readable: allowed ? `with credentials: ${headers["access-control-allow-credentials"]}` : "no" };
}

function ask(url: string, { method = "GET", path, headers = {} }: Asked): Promise<Answered> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const outgoing = request({ hostname, port, method, path, headers }, (answer) => {
      answer.resume();
      const status = method === "OPTIONS" && answer.statusCode! < 300 ? "preflight" : answer.statusCode!;
      resolve({ status, headers: securityOf(answer.headers), ...readability(headers.origin, answer.headers) });
    });
    outgoing.on("error", reject);
    outgoing.end();
  });
}

const artifact = "/api/2.0/mlflow-artifacts/artifacts";

async function aReport(url: string): Promise<string> {
  const answer = await fetch(`${url}/api/2.0/mlflow/runs/create`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ experiment_id: "0" }),
  });
  const { run } = (await answer.json()) as { run: { info: { run_id: string; artifact_uri: string } } };
  const root = run.info.artifact_uri.replace("mlflow-artifacts:", "");
  const body = "<script>alert(1)</script>";
  expect((await fetch(`${url}${artifact}${root}/report.html`, { method: "PUT", body })).status).toBe(200);
  return `/get-artifact?run_uuid=${run.info.run_id}&path=report.html`;
}

/** The security headers of everything that a browser asks, as a stock server with the same settings sends them. */
export function besideStock(name: string, env: Record<string, string>, asked: readonly Asked[]): void {
  describe.skipIf(!chromiumPath)(name, () => {
    let app: App;
    let stock: StockServer;
    let database: Awaited<ReturnType<typeof aDatabase>>;
    beforeAll(async () => {
      database = await aDatabase();
      stock = await startStock({ database: database.uri, env });
      app = await startApp({ ...aDestination(), ...env });
    });
    afterAll(async () => {
      await app?.close();
      await stock?.stop();
      await database?.drop();
    });

    // Refusals carry more here than there.
    it.each(asked)("%j", async (question) => {
      expect(await ask(app.url, question)).toMatchObject(await ask(stock.url, question));
    });

    it("an HTML artifact", async () => {
      const [ours, theirs] = await Promise.all(
        [app.url, stock.url].map(async (url) => ask(url, { path: await aReport(url) })),
      );
      // Beyond stock: where a browser shows it after all, it runs no script with this site's rights.
      const { "content-security-policy": policy, ...headers } = ours!.headers;
      expect(policy).toBe("sandbox");
      expect({ ...ours, headers }).toEqual(theirs);
      expect(headers["content-disposition"]).toBe("attachment; filename=report.html");
    });
  });
}
