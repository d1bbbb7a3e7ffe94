import { randomBytes } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { request as httpRequest } from "node:http";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { RequestLog } from "../../local/host/http.ts";
import { type Host, startHost } from "../../local/host/index.ts";
import { send } from "../support/raw.ts";
import { bundleApp } from "./bundle-app.ts";

const bodyLimit = 4_000_000;
let folder: string;
let host: Host;
const requests: RequestLog[] = [];
const errors: string[] = [];

async function bundle(contents: string): Promise<string> {
  const outfile = join(folder, "dist", `${Math.random()}.cjs`);
  await bundleApp(contents, outfile);
  return outfile;
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "mlflow-functions-host-"));
  process.env.FIXTURE_SCHEDULE = "* * * * * *";
  process.env.FUNCTIONS_REQUEST_BODY_SIZE_LIMIT = String(bodyLimit);
  const http = { routePrefix: "", maxConcurrentRequests: 3, maxOutstandingRequests: 12 };
  await writeFile(join(folder, "host.json"), JSON.stringify({ extensions: { http } }));
  host = await startHost({
    entry: await bundle('import "./fixture.ts";'),
    host: "127.0.0.1",
    port: 0,
    log: (level, message) => level === "error" && errors.push(message),
    onRequest: (entry) => requests.push(entry),
  });
});
afterAll(async () => {
  await host.close();
  await rm(folder, { recursive: true });
});

async function call(path: string, init: RequestInit = {}) {
  const response = await fetch(host.url + path, init);
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    text,
    body: text.startsWith("{") ? JSON.parse(text) : undefined,
  };
}

describe("routes", () => {
  it("go to the first function by name that matches, whatever is more specific", async () => {
    expect((await call("/things/one")).body.name).toBe("b-rest");
    expect((await call("/things/two")).body.name).toBe("A-two");
  });

  it("match in any case, a catch-all even nothing", async () => {
    expect((await call("/Things")).body).toMatchObject({ name: "b-rest", params: {} });
    expect((await call("/THINGS/a/b")).body.params).toEqual({ rest: "a/b" });
  });

  it("are looked up decoded, but for the slash; the app sees the URL escaped anew", async () => {
    const { body } = await call("/%6Bind/of/x%20y%2Fz", { method: "PUT" });
    expect(body).toMatchObject({ name: "named", params: { kind: "kind", id: "x y%2Fz" } });
    expect(body.url).toBe(`${host.url}/kind/of/x%20y%2Fz`);
  });

  it.each([
    ["an unmatched method", "/things/one", { method: "PATCH" }],
    ["HEAD, which GET does not imply", "/things/one", { method: "HEAD" }],
    ["an empty segment", "/things//one", {}],
    ["no route", "/nowhere", {}],
  ])("answer 404 to %s", async (_, path, init) => {
    expect(await call(path, init)).toMatchObject({ status: 404, text: "" });
  });

  it("may end in a parameter that is optional, and are the function's name where none is given", async () => {
    expect((await call("/optional")).body.params).toEqual({});
    expect((await call("/optional/x")).body.params).toEqual({ id: "x" });
    expect((await call("/fallback")).body.name).toBe("fallback");
  });

  it.each([
    ["admin/x", "reserved word"],
    ["runtime", "reserved word"],
    ["x/{id:guid}", "does not know the route template"],
  ])("may not be %s", async (route, reason) => {
    const entry = await bundle(
      `import { app } from "@azure/functions"; app.http("x", { route: "${route}", handler: () => ({}) });`,
    );
    await expect(startHost({ entry, host: "127.0.0.1", port: 0 })).rejects.toThrow(reason);
  });
});

describe("requests", () => {
  it("have repeated keys joined by commas, but in the URL", async () => {
    const { body } = await call("/things/one?a=1&a=2&b=x%20y");
    expect(body.query).toEqual({ a: "1,2", b: "x y" });
    expect(body.url).toContain("?a=1&a=2&b=x%20y");
  });

  it("bring the bodies of POST and DELETE", async () => {
    for (const method of ["POST", "DELETE"])
      expect((await call("/things/one", { method, body: "hello" })).body.body).toBe("hello");
  });

  it("keep every byte", async () => {
    const body = randomBytes(3_000_000);
    const response = await fetch(`${host.url}/echo`, { method: "POST", body });
    expect(Buffer.from(await response.arrayBuffer()).equals(body)).toBe(true);
    expect(requests.at(-1)).toMatchObject({ requestBytes: 3_000_000, responseBytes: 3_000_000 });
  });

  it("lose the body of a GET", async () => {
    const body = await new Promise<string>((done, fail) => {
      const request = httpRequest(`${host.url}/things/one`, { headers: { "content-length": 5 } }, (response) => {
        let text = "";
        response.on("data", (chunk) => {
          text += chunk;
        });
        response.on("end", () => done(JSON.parse(text).body));
      });
      request.on("error", fail).end("hello");
    });
    expect(body).toBe("");
  });

  it("wait where host.json lets no more run at once", async () => {
    const answers = await Promise.all(Array.from({ length: 12 }, () => call("/slow")));
    expect(Math.max(...answers.map(({ text }) => Number(text)))).toBe(3);
  });

  it("are answered 429 where host.json lets no more wait", async () => {
    const answers = await Promise.all(Array.from({ length: 100 }, () => call("/slow")));
    const count = (wanted: number) => answers.filter(({ status }) => status === wanted).length;
    expect(count(200)).toBeGreaterThanOrEqual(12);
    expect(count(429)).toBeGreaterThan(0);
    expect(count(200) + count(429)).toBe(100);
    const refused = answers.find(({ status }) => status === 429);
    expect(refused).toMatchObject({ text: "" });
    expect(refused?.headers.get("x-function-scaleout")).toBe("1");
    expect((await call("/slow")).status).toBe(200);
  });

  it("lose a body that has no Content-Length", async () => {
    const body = new ReadableStream({
      start(controller) {
        controller.enqueue(new TextEncoder().encode("hello"));
        controller.close();
      },
    });
    const init = { method: "POST", body, duplex: "half" };
    expect((await call("/things/one", init as RequestInit)).body.body).toBe("");
  });

  it("are refused over the limit before the app is called", async () => {
    const status = await new Promise((done, fail) => {
      const request = httpRequest(`${host.url}/things/one`, {
        method: "POST",
        headers: { "content-length": bodyLimit + 1 },
      });
      request.on("response", ({ statusCode, headers }) => done([statusCode, headers.connection])).on("error", fail);
      request.flushHeaders();
    });
    expect(status).toEqual([500, "close"]);
    expect(errors.at(-1)).toContain("Request body too large");
    expect(requests.at(-1)).toMatchObject({ status: 500, requestBytes: 0 });
  });

  it("whose senders stall are cut, so that others get their turn", async () => {
    const head = "POST /things/one HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\nabc";
    const stalled = Promise.all(Array.from({ length: 3 }, () => send(host.url, head)));
    await new Promise((sent) => setTimeout(sent, 300));
    const other = call("/slow");
    for (const answer of await stalled) expect(answer).toMatch(/^HTTP\/1.1 408 .*Connection: close/is);
    expect((await other).status).toBe(200);
  }, 20_000);

  it("that keep to the least rate may take their time", async () => {
    const socket = connect(host.port, "127.0.0.1");
    let answer = "";
    socket.on("data", (data) => {
      answer += data;
    });
    socket.write("POST /echo HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 8000\r\n\r\n");
    const ended = new Promise((end) => socket.on("close", end));
    for (let sent = 0; sent < 8; sent++) {
      socket.write("x".repeat(1000));
      await new Promise((later) => setTimeout(later, 900));
    }
    await ended;
    expect(answer).toMatch(/^HTTP\/1.1 200 /);
  }, 20_000);

  it.each([
    ["two Host headers", "GET /fallback HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400],
    ["no Host header", "GET /fallback HTTP/1.1\r\n\r\n", 400],
    ["what is no HTTP", "hello\r\n\r\n", 400],
    ["a URL that no parser holds", `GET /${"x".repeat(100_000)} HTTP/1.1\r\nHost: a\r\n\r\n`, 414],
    ["headers that no parser holds", `GET / HTTP/1.1\r\nHost: a\r\nX: ${"x".repeat(100_000)}\r\n\r\n`, 431],
  ])("with %s are refused without a body", async (_, raw, status) => {
    expect(await send(host.url, raw)).toMatch(new RegExp(`^HTTP/1.1 ${status} .*content-length: 0.*\r\n\r\n$`, "is"));
  });

  it("may name the host in their target", async () => {
    const raw = `GET ${host.url}/fallback HTTP/1.1\r\nHost: 127.0.0.1:${host.port}\r\nConnection: close\r\n\r\n`;
    expect(await send(host.url, raw)).toMatch(/^HTTP\/1.1 200 /);
  });

  it("are logged by path, size and status, without their queries", async () => {
    await call("/things/one?sig=secret", { method: "POST", body: "hello" });
    expect(requests.at(-1)).toMatchObject({ method: "POST", path: "/things/one", status: 200, requestBytes: 5 });
    expect(JSON.stringify(requests)).not.toContain("secret");
  });
});

describe("answers", () => {
  it("are 500 for a handler that throws and for a header that is not ASCII", async () => {
    expect((await call("/throws")).status).toBe(500);
    expect((await call("/header")).status).toBe(500);
    expect(errors.some((message) => message.includes("on purpose"))).toBe(true);
  });

  it("are 204 for nothing, and lose their bodies at 204, 205 and 304", async () => {
    expect(await call("/nothing")).toMatchObject({ status: 204, text: "" });
    expect(await call("/bare-reject")).toMatchObject({ status: 204, text: "" });
    for (const status of [204, 205, 304]) expect(await call(`/status/${status}`)).toMatchObject({ status, text: "" });
  });

  it("keep all cookies, but the last only of several set-cookie headers", async () => {
    expect((await call("/cookies")).headers.getSetCookie()).toEqual([
      "kept=1",
      "a=1%202; path=/",
      "b=2; max-age=60; path=/b; secure; samesite=strict; httponly",
      "c=3; domain=example.com; path=/; samesite=none",
    ]);
  });
});

describe("hooks", () => {
  it("see a failure, and may answer in its place", async () => {
    expect((await call("/hooked")).body).toEqual({ seen: ["caught by a hook 1"] });
  });

  it("may replace the handler", async () => {
    expect((await call("/replaced")).text).toBe("by a hook");
  });
});

describe("timers", () => {
  const ticks = async (): Promise<unknown[]> => (await call("/ticks")).body.ticks;

  it("are called when they are due", async () => {
    await expect.poll(ticks, { timeout: 5000 }).toContain("often");
  });

  it("can be run by hand, with what the host tells them", async () => {
    await host.runTimer("never");
    const told = (await ticks()).find((tick) => typeof tick === "object");
    expect(told).toMatchObject({ isPastDue: false, schedule: { adjustForDST: true } });
    await expect(host.runTimer("ticks")).rejects.toThrow("no timer function 'ticks'");
  });

  it("refuse a schedule that is none", async () => {
    const entry = await bundle(
      `import { app } from "@azure/functions"; app.timer("x", { schedule: "soon", handler: () => {} });`,
    );
    await expect(startHost({ entry, host: "127.0.0.1", port: 0 })).rejects.toThrow("'soon' is not a timer schedule");
  });
});

describe("the app", () => {
  it("can't register a function once it is loaded", async () => {
    expect((await call("/late")).status).toBe(500);
    expect(errors.at(-1)).toContain("during app startup");
  });

  it("is no app when its entry throws", async () => {
    const entry = await bundle('throw new Error("broken entry");');
    await expect(startHost({ entry, host: "127.0.0.1", port: 0 })).rejects.toThrow("broken entry");
  });
});
