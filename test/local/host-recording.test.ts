import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Host, startHost } from "../../local/host/index.ts";
import { bundleApp } from "./bundle-app.ts";
import { type Answer, type Recorded, recording, replay } from "./recording.ts";

/** Where the embedded host need not answer as the real one did, and why. */
const exceptions: { why: string; of(recorded: Recorded): boolean }[] = [
  {
    why: "the home page of the real host, which AzureWebJobsDisableHomepage turns off",
    of: ({ request: { method, path } }) => path === "/" && ["TRACE", "PROPFIND", "FOO", "CONNECT"].includes(method),
  },
  {
    why: "Node refuses a method in small letters; no client sends one",
    of: ({ request: { method } }) => method === "get",
  },
  {
    why: "Node refuses a Content-Length beside a Transfer-Encoding, as RFC 9112 recommends",
    of: ({ request: { headers } }) => "content-length" in headers && "transfer-encoding" in headers,
  },
];

// The recording does not tell whether the host or the recorder took these away; the front end of Azure sets them anew.
const untold = /^(host|connection|x-forwarded-|x-original-|x-ms-)/;
/** Headers that name the server and the moment. */
const own = ["server", "date", "connection", "keep-alive"];

let folder: string;
let host: Host;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "mlflow-functions-recording-"));
  await writeFile(join(folder, "host.json"), JSON.stringify({ extensions: { http: { routePrefix: "" } } }));
  const entry = join(folder, "dist", "probe.cjs");
  await bundleApp('import "./probe.ts";', entry);
  host = await startHost({ entry, host: "127.0.0.1", port: 0 });
});
afterAll(async () => {
  await host.close();
  await rm(folder, { recursive: true });
});

function comparable({ status, headers, body }: Answer) {
  const echoed = body.toString().startsWith('{"fn":') ? JSON.parse(body.toString()) : undefined;
  return {
    status,
    headers: told(headers),
    ...(echoed
      ? { seen: { ...echoed, host: undefined, headers: toldOf(echoed.headers) } }
      : { body: body.toString("hex") }),
  };
}

function expected({ answer: { status, headers, seen, body } }: Recorded) {
  return {
    status,
    headers: told(headers),
    ...(seen ? { seen } : { body: typeof body === "function" ? body().toString("hex") : "" }),
  };
}

const told = (headers: [string, string][]) =>
  headers
    .filter(([name, value]) => !own.includes(name) || value === "mine")
    .map(([name, value]) => `${name}: ${value}`)
    .sort();

const toldOf = (headers: Record<string, string>) =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !untold.test(name)));

const named = recording.map((recorded) => {
  const { method, path, headers } = recorded.request;
  return [`${method} ${path.slice(0, 80)} ${JSON.stringify(headers).slice(0, 80)}`, recorded] as const;
});
const isException = (recorded: Recorded) => exceptions.some(({ of }) => of(recorded));

describe("the embedded host answers as the recorded one", () => {
  it.each(named.filter(([, recorded]) => !isException(recorded)))("%s", async (_, recorded) => {
    expect(comparable(await replay(host.port, recorded))).toEqual(expected(recorded));
  });
});

describe("an exception differs, and is needed", () => {
  it.each(exceptions.map((exception) => [exception.why, exception] as const))("%s", async (_, { of }) => {
    const excepted = recording.filter(of);
    expect(excepted.length).toBeGreaterThan(0);
    for (const recorded of excepted)
      expect(comparable(await replay(host.port, recorded))).not.toEqual(expected(recorded));
  });
});
