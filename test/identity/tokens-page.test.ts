import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Answer, type App, startApp } from "../support/app.ts";
import { as, type SignedIn, signedInApp } from "./signed-in.ts";

const path = "/account/tokens";
let app: App;
let users: Record<string, SignedIn>;
let close: () => Promise<void>;
beforeAll(async () => {
  ({ app, users, close } = await signedInApp(["alice", "bob"]));
});
afterAll(() => close());

const basic = (name: string) => ({
  authorization: `Basic ${Buffer.from(`${name}:everyone's password`).toString("base64")}`,
});
const form = (fields: Record<string, string>, headers: Record<string, string> = {}, at = path, name = "alice") =>
  app.request("POST", at, {
    headers: {
      ...basic(name),
      "content-type": "application/x-www-form-urlencoded",
      "sec-fetch-site": "same-origin",
      ...headers,
    },
    body: new URLSearchParams(fields).toString(),
    redirect: "manual",
  });
const see = (name = "alice") => app.request("GET", path, { headers: { ...basic(name), accept: "text/html" } });
const namesOf = async (name: string) =>
  ((await as(app, name).get("/api/functions/tokens/list")).body.tokens as { name: string }[]).map((one) => one.name);
const tokenIn = ({ text }: Answer) => /mlfn_[0-9A-Za-z]{36}/.exec(text)?.[0];

describe("the page of API tokens", () => {
  it("makes a token that is told once, and revokes it", async () => {
    expect((await see()).text).toContain("You have no API tokens.");
    const made = await form({ name: "nightly", days: "7", role: "", read_only: "on" });
    expect([made.status, made.headers.get("cache-control")]).toEqual([200, "no-store"]);
    const token = tokenIn(made)!;
    const whoIs = async () =>
      app.request("GET", "/api/2.0/mlflow/users/current", { headers: { authorization: `Bearer ${token}` } });
    expect((await whoIs()).body.user.username).toBe("alice");
    const page = await see();
    expect(page.text).toContain("nightly<td>all that you may, only to read");
    expect(tokenIn(page)).toBeUndefined();
    const [, id] = /name="id" value="(\d+)"/.exec(page.text)!;
    expect((await form({ id: id! }, {}, `${path}/revoke`, "bob")).status).toBe(404);
    const revoked = await form({ id: id! }, {}, `${path}/revoke`);
    expect([revoked.status, revoked.headers.get("location")]).toEqual([303, path]);
    expect((await whoIs()).status).toBe(401);
    expect(await namesOf("alice")).toEqual([]);
  });

  it("says what is wrong with a form, as text, and makes nothing", async () => {
    for (const [fields, said] of [
      [{ name: "" }, /needs a name/],
      [{ name: "x", days: "0" }, /lasts 1 to \d+ days/],
      [{ name: "x", days: "<b>" }, /lasts 1 to \d+ days/],
      [{ name: "x", role: "<script>1</script>" }, /There is no role .*&lt;script&gt;/],
      [{ name: "x".repeat(5000) }, /This is no form/],
    ] as const) {
      const answer = await form(fields);
      expect(answer.status, answer.text).toBe(400);
      expect(answer.text).toMatch(said);
      expect(answer.text).not.toContain("<script");
    }
    expect(await namesOf("alice")).toEqual([]);
    const { text } = await form({ name: "<img src=x>" });
    expect(text).toContain("&lt;img src=x&gt;");
    expect(text).not.toContain("<img");
  });

  it.each([
    ["another site's page", { "sec-fetch-site": "cross-site" }],
    ["a page of another subdomain", { "sec-fetch-site": "same-site" }],
    ["an old browser on another site", { "sec-fetch-site": "", origin: "https://evil.example" }],
    ["who says nothing of where it comes from", { "sec-fetch-site": "" }],
    ["what is no form", { "content-type": "application/json" }],
  ])("takes no form of %s", async (_, { "sec-fetch-site": site, ...headers }: Record<string, string>) => {
    const sent: Record<string, string> = { ...headers, ...(site !== undefined && { "sec-fetch-site": site }) };
    if (site === "") delete sent["sec-fetch-site"];
    const answer = await app.request("POST", path, {
      headers: {
        ...basic("bob"),
        "content-type": "application/x-www-form-urlencoded",
        ...(site === undefined && { "sec-fetch-site": "same-origin" }),
        ...sent,
      },
      body: "name=stolen",
    });
    expect([400, 403]).toContain(answer.status);
    expect(await namesOf("bob")).toEqual([]);
  });

  it("makes none for who has come by a token", async () => {
    const token = (await users.bob!.send("POST", "/api/functions/tokens/create", { name: "one" })).body.token_value;
    const answer = await form({ name: "two" }, { authorization: `Bearer ${token}` });
    expect([answer.status, answer.text]).toEqual([403, expect.stringContaining("Sign in by another way")]);
    expect(await namesOf("bob")).toEqual(["one"]);
  });

  it("may not be framed, and loads nothing", async () => {
    const { headers } = await see();
    expect(headers.get("content-security-policy")).toMatch(/default-src 'none'.*frame-ancestors 'none'/);
    expect(headers.get("content-type")).toBe("text/html; charset=utf-8");
  });
});

describe("who has not signed in", () => {
  it("is shown the page of tokens, in a browser", async () => {
    for (const at of ["/", path]) {
      const { status, headers, text } = await app.request("GET", at, { headers: { accept: "text/html,*/*;q=0.8" } });
      expect([status, headers.get("www-authenticate")]).toEqual([401, expect.stringMatching(/^Basic /)]);
      expect(text).toContain(`<a href="${path}">`);
    }
  });

  it("gets JSON as a client", async () => {
    for (const [at, accept] of [
      ["/", "*/*"],
      ["/api/2.0/mlflow/experiments/get?experiment_id=0", "text/html"],
    ]) {
      const { status, body } = await app.request("GET", at!, { headers: { accept: accept! } });
      expect([status, body.error_code]).toEqual([401, "UNAUTHENTICATED"]);
    }
  });
});

it("is not there where nobody signs in", async () => {
  const open = await startApp({ MLFLOW_FUNCTIONS_AUTH: "none" });
  try {
    expect((await open.get(path)).status).toBe(404);
  } finally {
    await open.close();
    delete process.env.MLFLOW_FUNCTIONS_AUTH;
  }
});
