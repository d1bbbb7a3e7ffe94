import { type IncomingHttpHeaders, type IncomingMessage, request } from "node:http";
import { text } from "node:stream/consumers";
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
  body?: string;
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

/** On a connection of its own: a kept one may be closed by its server while a request is on the way. */
function send(url: string, { method = "GET", path, headers = {}, body }: Asked): Promise<IncomingMessage> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const length = body === undefined ? {} : { "content-length": Buffer.byteLength(body) };
    const options = { hostname, port, method, path, headers: { ...headers, ...length }, agent: false };
    request(options, resolve).on("error", reject).end(body);
  });
}

async function ask(url: string, asked: Asked): Promise<Answered> {
  const { statusCode, headers } = (await send(url, asked)).resume();
  const status = asked.method === "OPTIONS" && statusCode! < 300 ? "preflight" : statusCode!;
  return { status, headers: securityOf(headers), ...readability(asked.headers?.origin, headers) };
}

const artifact = "/api/2.0/mlflow-artifacts/artifacts";

/** The text of an answer, which has to be a success. */
async function sent(url: string, asked: Asked): Promise<string> {
  const answer = await send(url, asked);
  const body = await text(answer);
  expect(answer.statusCode, `${asked.path}: ${body}`).toBe(200);
  return body;
}

async function aReport(url: string): Promise<string> {
  const headers = { "content-type": "application/json" };
  const body = JSON.stringify({ experiment_id: "0" });
  const created = await sent(url, { method: "POST", path: "/api/2.0/mlflow/runs/create", headers, body });
  const { run } = JSON.parse(created) as { run: { info: { run_id: string; artifact_uri: string } } };
  const path = `${artifact}${run.info.artifact_uri.replace("mlflow-artifacts:", "")}/report.html`;
  await sent(url, { method: "PUT", path, body: "<script>alert(1)</script>" });
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
