/**
 * The functions of the recording of a real host (test/contract/functions-host.json); bundled by host-recording.test.ts.
 */
import { app, type HttpMethod, type HttpRequest, type HttpResponse, type HttpResponseInit } from "@azure/functions";

const all: HttpMethod[] = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"];

function echo(name: string, route: string | undefined, methods = all): void {
  app.http(name, {
    methods,
    ...(route !== undefined && { route }),
    handler: async (request) => ({ jsonBody: await seen(name, request) }),
  });
}

async function seen(fn: string, request: HttpRequest) {
  const body = Buffer.from(await request.arrayBuffer());
  return {
    fn,
    method: request.method,
    url: request.url.replace(/^http:\/\/[^/]*/, ""),
    host: new URL(request.url).host,
    params: request.params,
    query: [...request.query],
    headers: Object.fromEntries(request.headers),
    body: { length: body.length, head: body.subarray(0, 24).toString("hex") },
  };
}

echo("z-all", "{*path}");
echo("things", "{api}/{version}/mlflow/things/{*rest}");
echo("artifacts", "{api}/2.0/mlflow-artifacts/artifacts/{*path}");
echo("artifacts-root", "{api}/2.0/mlflow-artifacts/artifacts");
echo("Only-Get", "only/get", ["GET"]);
echo("b-first", "same/{x}");
echo("a-second", "same/{y}/");
echo("B-case", "order/{x}");
echo("a-case", "order/{y}");
echo("two-params", "p/{a}/x/{b}");
echo("optional", "opt/{a?}");
echo("typed", "typed/{n:int}");
echo("default-route", undefined);

const text = { "content-type": "text/plain" };
const gzipped = "1f8b0800000000000003ab564a54b232ac0500afac1b5607000000";

const answers: Record<string, () => HttpResponseInit | HttpResponse> = {
  length: () => ({ headers: { ...text, "content-length": "5" }, body: "hello" }),
  "length-head": () => ({ headers: { ...text, "content-length": "12345" } }),
  "no-length": () => ({ headers: text, body: "hello" }),
  "no-type": () => ({ body: "hello" }),
  json: () => ({ jsonBody: { a: 1 } }),
  bytes: () => ({ body: new Uint8Array([1, 2, 3]) }),
  "headers-twice": () => {
    const headers = new Headers({ "x-multi": "one" });
    headers.append("x-multi", "two");
    headers.append("set-cookie", "a=1; Path=/");
    headers.append("set-cookie", "b=2; Path=/");
    return { headers, body: "c" };
  },
  cookies: () => ({
    cookies: [
      { name: "a", value: "1", path: "/" },
      { name: "b", value: "2", path: "/", httpOnly: true },
    ],
    body: "c",
  }),
  gzip: () => ({
    headers: { "content-encoding": "gzip", "content-type": "application/json" },
    body: Buffer.from(gzipped, "hex"),
  }),
  redirect: () => ({ status: 302, headers: { location: "https://example.com/a%20b?sig=a%2Bb" } }),
  throw: () => {
    throw new Error("on purpose");
  },
  undefined: () => undefined as never,
  null: () => null as never,
  empty: () => ({}),
  "own-server": () => ({ headers: { server: "mine", date: "yesterday" }, body: "h" }),
  "non-ascii-header": () => ({ headers: { "x-name": "ü" }, body: "h" }),
};

app.http("resp", {
  methods: ["GET", "HEAD", "POST"],
  route: "resp/{kind}",
  handler: async ({ params: { kind = "" } }) => {
    if (kind === "reject-nothing") return Promise.reject();
    if (/^\d+$/.test(kind)) return { status: Number(kind), headers: { etag: '"x"' }, body: `body of ${kind}` };
    return answers[kind]!();
  },
});
