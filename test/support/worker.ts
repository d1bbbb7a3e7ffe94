import { resolve } from "node:path";
import { loadApp } from "../../local/host/functions-core.ts";
import { invoke } from "../../local/host/invocation.ts";

/**
 * Loads the app as a host does that tells it nothing, and calls the function of the server's own routes as the Node
 * worker does, with whatever a host in front may let through.
 */
export async function loadedApp(log: (message: string) => void = () => {}) {
  const app = await loadApp(resolve("dist/main.cjs"), (_, message) => log(message));
  const found = app.functions.find(({ metadata }) => metadata.name === "z-server")!;
  const [binding] = Object.entries(found.metadata.bindings).find(([, { type }]) => type === "httpTrigger")!;
  const call = async (path: string, headers: Record<string, string>) => {
    const nullableHeaders = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, { value }]));
    const url = `http://${headers.host}${path}`;
    const http = { url, method: "GET", nullableHeaders, nullableQuery: {}, nullableParams: {}, body: {} };
    const answer = await invoke(app, found, binding, { http }, (_, message) => log(message));
    return { status: answer?.statusCode, text: Buffer.from(answer?.body?.bytes ?? "").toString() };
  };
  return { call, listensOn: app.listensOn };
}
