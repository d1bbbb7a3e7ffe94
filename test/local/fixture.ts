/** A small Functions app that shows what reaches it; bundled by host.test.ts. */
import { app, type HttpRequest } from "@azure/functions";

const shown = async (name: string, request: HttpRequest) => ({
  jsonBody: {
    name,
    url: request.url,
    method: request.method,
    params: request.params,
    query: Object.fromEntries(request.query),
    body: await request.text(),
  },
});

app.http("b-rest", {
  methods: ["GET", "POST", "DELETE"],
  route: "things/{*rest}",
  handler: (request) => shown("b-rest", request),
});
app.http("c-one", { methods: ["GET"], route: "things/one", handler: (request) => shown("c-one", request) });
app.http("A-two", { methods: ["GET"], route: "things/two", handler: (request) => shown("A-two", request) });
app.http("named", { methods: ["PUT"], route: "{kind}/of/{id}", handler: (request) => shown("named", request) });
app.http("throws", {
  methods: ["GET"],
  route: "throws",
  handler: () => {
    throw new Error("on purpose");
  },
});
app.http("nothing", { methods: ["GET"], route: "nothing", handler: () => undefined as never });
app.http("status", {
  methods: ["GET"],
  route: "status/{status}",
  handler: (request) => ({ status: Number(request.params.status), body: "dropped" }),
});
app.http("header", { methods: ["GET"], route: "header", handler: () => ({ headers: { "x-name": "é" } }) });
app.http("cookies", {
  methods: ["GET"],
  route: "cookies",
  handler: () => ({
    cookies: [
      { name: "a", value: "1 2" },
      { name: "b", value: "2", path: "/b", sameSite: "Strict", httpOnly: true, secure: true, maxAge: 60 },
      { name: "c", value: "3", domain: "example.com", expires: new Date(0), sameSite: "None" },
    ],
    headers: [
      ["set-cookie", "lost=1"],
      ["set-cookie", "kept=1"],
    ],
  }),
});
app.http("late", {
  methods: ["GET"],
  route: "late",
  handler: () => {
    app.http("too-late", { methods: ["GET"], handler: () => ({}) });
    return {};
  },
});
app.http("bare-reject", { methods: ["GET"], route: "bare-reject", handler: () => Promise.reject() });
app.http("with-id", { methods: ["GET"], route: "optional/{id?}", handler: (request) => shown("with-id", request) });
app.http("fallback", { methods: ["GET"], handler: (request) => shown("fallback", request) });
app.http("echo", {
  methods: ["POST"],
  route: "echo",
  handler: async (request) => ({ body: await request.arrayBuffer() }),
});

let running = 0;
let most = 0;
app.http("slow", {
  methods: ["GET"],
  route: "slow",
  handler: async () => {
    most = Math.max(most, ++running);
    await new Promise((done) => setTimeout(done, 20));
    running--;
    return { body: String(most) };
  },
});

const ticks: unknown[] = [];
app.timer("never", { schedule: "0 0 0 29 2 *", handler: (timer) => void ticks.push(timer) });
app.timer("often", { schedule: "%FIXTURE_SCHEDULE%", handler: () => void ticks.push("often") });
app.http("ticks", { methods: ["GET"], route: "ticks", handler: () => ({ jsonBody: { ticks } }) });

const seen: string[] = [];
app.hook.preInvocation((context) => {
  context.hookData.before = context.inputs.length;
  if (context.invocationContext.functionName === "replaced") context.functionHandler = () => ({ body: "by a hook" });
});
app.hook.postInvocation((context) => {
  if (context.invocationContext.functionName === "hooked" && context.error) {
    seen.push(`${(context.error as Error).message} ${context.hookData.before}`);
    context.error = undefined;
    context.result = { jsonBody: { seen } };
  }
});
app.http("hooked", {
  methods: ["GET"],
  route: "hooked",
  handler: () => {
    throw new Error("caught by a hook");
  },
});
app.http("replaced", { methods: ["GET"], route: "replaced", handler: () => ({ body: "by itself" }) });
