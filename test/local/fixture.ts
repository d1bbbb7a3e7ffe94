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
app.http("no-content", { methods: ["GET"], route: "no-content", handler: () => ({ status: 204, body: "dropped" }) });
app.http("header", { methods: ["GET"], route: "header", handler: () => ({ headers: { "x-name": "é" } }) });
app.http("cookies", {
  methods: ["GET"],
  route: "cookies",
  handler: () => ({
    cookies: [
      { name: "a", value: "1" },
      { name: "b", value: "2", path: "/" },
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
