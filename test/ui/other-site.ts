import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Page } from "playwright-core";

/** A site of somebody else, on another port of this machine. */
export async function startOtherSite(): Promise<{ port: number; close(): Promise<void> }> {
  const server = createServer((_, response) =>
    response.writeHead(200, { "content-type": "text/html" }).end("<!doctype html><title>Another site</title><body>"),
  );
  await new Promise<void>((done) => server.listen(0, done));
  const close = () => {
    server.closeAllConnections();
    return new Promise<void>((done) => server.close(() => done()));
  };
  return { port: (server.address() as AddressInfo).port, close };
}

export interface Target {
  url: string;
  /** A run to which files can be uploaded. */
  run: string;
}

const create = "ajax-api/2.0/mlflow/experiments/create";
const upload = ({ url, run }: Target, path: string) =>
  `${url}/ajax-api/2.0/mlflow/upload-artifact?run_uuid=${run}&path=${path}`;

/** What a page can send to another site together with what the browser adds by itself; each is to change something. */
export const attacks: Record<string, (page: Page, target: Target) => Promise<unknown>> = {
  "a form": (page, { url }) => submit(page, `${url}/${create}`, "application/x-www-form-urlencoded", "name", "a-form"),
  "a form of plain text that reads as JSON": (page, { url }) =>
    submit(page, `${url}/${create}`, "text/plain", '{"name":"a-text","artifact_location":"', '"}'),
  "a form that uploads": (page, target) => submit(page, upload(target, "form.txt"), "multipart/form-data", "a", "b"),
  "a script that sends plain text": (page, { url }) => send(page, `${url}/${create}`, `'{"name":"a-script"}'`),
  "a script that names no content type": (page, { url }) =>
    send(page, `${url}/${create}`, `new Blob(['{"name":"a-blob"}'])`),
  "a script that sends JSON": (page, { url }) =>
    send(page, `${url}/${create}`, `'{"name":"json"}'`, 'headers: { "content-type": "application/json" }'),
  "a script that uploads": (page, target) => send(page, upload(target, "script.txt"), "'text'"),
  "a beacon": (page, { url }) => page.evaluate(`navigator.sendBeacon("${url}/${create}", '{"name":"a-beacon"}')`),
};

/** As a link would, a form leads the browser there: even strict browsers add a session's cookie then. */
async function submit(page: Page, action: string, enctype: string, name: string, value: string): Promise<void> {
  await page.evaluate(`(() => {
    const form = Object.assign(document.createElement("form"), ${JSON.stringify({ action, enctype, method: "post" })});
    form.append(Object.assign(document.createElement("input"), ${JSON.stringify({ name, value })}));
    document.body.append(form);
    setTimeout(() => form.submit());
  })()`);
  await page.waitForURL(action);
}

const send = (page: Page, to: string, body: string, how = 'mode: "no-cors"') =>
  page.evaluate(
    `fetch("${to}", { method: "POST", credentials: "include", body: ${body}, ${how} }).then(() => {}, () => {})`,
  );
