import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type App, startApp } from "../support/app.ts";
import { easyAuthClaims, easyAuthPrincipal } from "../support/easy-auth.ts";

const tenant = crypto.randomUUID();
const path = "/api/2.0/mlflow/experiments/get?experiment_id=0";
const create = "/ajax-api/2.0/mlflow/experiments/create";

const start = (env: Record<string, string> = {}) =>
  startApp({
    MLFLOW_FUNCTIONS_AUTH: "easyauth",
    MLFLOW_FUNCTIONS_ENTRA_TENANTS: tenant,
    MLFLOW_FUNCTIONS_ENTRA_DEFAULT_ROLE: "",
    MLFLOW_STATIC_PREFIX: "",
    WEBSITE_AUTH_ENABLED: "True",
    ...env,
  });

const someone = (roles = ["Reader"], of = tenant) => easyAuthClaims(of, crypto.randomUUID(), roles);
const signedIn = (claims = someone(), type = "aad") => ({ "x-ms-client-principal": easyAuthPrincipal(claims, type) });
const encoded = (text: string) => ({ "x-ms-client-principal": Buffer.from(text).toString("base64") });
const json = { "content-type": "application/json" };

describe("an app behind EasyAuth", () => {
  let app: App;
  beforeAll(async () => {
    app = await start();
  });
  afterAll(() => app.close());
  const get = (headers: Record<string, string>, at = path) => app.request("GET", at, { headers });

  it("takes who has signed in there, by their app roles", async () => {
    expect((await get(signedIn())).status).toBe(200);
    expect((await get(signedIn(someone([])))).status).toBe(403);
    const { tid, oid, roles } = { tid: tenant, oid: crypto.randomUUID(), roles: "Reader" };
    expect((await get(signedIn({ tid, oid, roles }))).status).toBe(200);
  });

  it("notes them as tokens would", async () => {
    const claims = someone();
    await get(signedIn(claims));
    const oid = claims["http://schemas.microsoft.com/identity/claims/objectidentifier"];
    const { rows } = await app.db.query("SELECT kind, display FROM mlflow_functions.principals WHERE key = $1", [
      `user:${tenant}:${oid}`,
    ]);
    expect(rows).toEqual([{ kind: "user", display: "someone@example.com" }]);
  });

  it("has the page show its Logout", async () => {
    const { body } = await get(signedIn(), "/ajax-api/2.0/mlflow/users/current");
    expect([body.user.is_admin, body.is_basic_auth]).toEqual([false, true]);
  });

  const { "http://schemas.microsoft.com/identity/claims/objectidentifier": _, ...nobody } = someone();
  const refused: Record<string, Record<string, string>> = {
    "nobody has signed in": {},
    "another tenant's account": signedIn(someone(["Admin"], crypto.randomUUID())),
    "another provider's account": signedIn(someone(), "google"),
    "no object id": signedIn(nobody),
    "two object ids": signedIn({ ...someone(), oid: crypto.randomUUID() }),
    "two tenants": signedIn({ ...someone(), tid: crypto.randomUUID() }),
    "no base64": { "x-ms-client-principal": "%%%" },
    "no JSON": encoded("{"),
    "JSON of another shape": encoded('{"auth_typ":"aad","claims":{}}'),
    "a header that is empty": { "x-ms-client-principal": "" },
  };
  it.each(Object.entries(refused))("answers 401 and never sends clients elsewhere: %s", async (_, headers) => {
    const answer = await get(headers);
    expect([answer.status, answer.body.error_code]).toEqual([401, "UNAUTHENTICATED"]);
    expect(answer.headers.get("location")).toBeNull();
  });

  it("takes no Bearer token, as it is not told to", async () => {
    expect((await get({ authorization: "Bearer a.b.c" })).status).toBe(401);
  });

  it("remembers its principal for its own header alone", async () => {
    const headers = signedIn();
    for (const _ of [1, 2]) expect((await get(headers)).status).toBe(200);
    expect((await get({ authorization: headers["x-ms-client-principal"] })).status).toBe(401);
    const forged = { headers: { ...headers, ...json, "sec-fetch-site": "cross-site" }, body: "{}" };
    expect((await app.request("POST", create, forged)).status).toBe(403);
  });

  it("counts an app that the platform let in as an app", async () => {
    const open = await start({ MLFLOW_FUNCTIONS_ENTRA_DEFAULT_ROLE: "Reader" });
    try {
      const ask = (claims: Record<string, string | string[]>) =>
        open.request("GET", path, { headers: signedIn(claims) });
      const oid = crypto.randomUUID();
      expect((await ask(someone([]))).status).toBe(200);
      expect((await ask({ tid: tenant, oid, idtyp: "app" })).status).toBe(403);
      expect((await ask({ tid: tenant, oid, sub: oid })).status).toBe(403);
      expect((await ask({ tid: tenant, oid, sub: "pairwise" })).status).toBe(200);
    } finally {
      await open.close();
    }
  });

  describe("changes nothing for the page of another site", () => {
    const editor = () => signedIn(someone(["Editor"]));
    const post = (headers: Record<string, string>) => {
      const name = crypto.randomUUID();
      return app.request("POST", create, { headers: { ...editor(), ...headers }, body: JSON.stringify({ name }) });
    };

    it.each([
      ["another origin", { ...json, origin: "https://evil.example" }],
      ["another origin's JSON", { ...json, "sec-fetch-site": "cross-site" }],
      ["another app of the same domain", { ...json, "sec-fetch-site": "same-site" }],
      ["a page of the user's machine", { ...json, origin: "http://localhost:3000" }],
      ["a frame without an origin", { ...json, origin: "null" }],
      ["a form", { "content-type": "application/x-www-form-urlencoded" }],
      ["plain text", { "content-type": "text/plain" }],
    ])("%s", async (_, headers) => {
      expect((await post(headers)).status).toBe(403);
    });

    it("and changes what its own page asks for", async () => {
      expect((await post({ ...json, "sec-fetch-site": "same-origin" })).status).toBe(200);
      expect((await post({ ...json, origin: app.url })).status).toBe(200);
      expect((await post(json)).status).toBe(200);
    });
  });

  it("sends the page to sign in, and comes back", async () => {
    const { status, headers } = await app.request("GET", "/");
    expect([status, headers.get("location")]).toEqual([302, "/.auth/login/aad?post_login_redirect_uri=%2F"]);
    expect((await app.request("GET", "/", { headers: signedIn() })).headers.get("location")).toBeNull();
    const tokens = await app.request("GET", "/account/tokens");
    expect(tokens.headers.get("location")).toBe("/.auth/login/aad?post_login_redirect_uri=%2Faccount%2Ftokens");
    expect((await app.request("GET", "/account/tokens", { headers: signedIn() })).status).toBe(200);
  });

  it("signs out where the page's Logout is used: it asks with wrong credentials, then loads the page", async () => {
    const cookie = signedIn();
    const wrong = Buffer.from("mlflow-logged-out-x:mlflow-logged-out-x").toString("base64");
    const current = "/ajax-api/2.0/mlflow/users/current";
    const script = { ...cookie, "sec-fetch-dest": "empty" };
    const first = await get(script, current);
    expect([first.status, first.headers.get("www-authenticate")]).toEqual([401, 'Basic realm="mlflow"']);
    expect((await get({ ...script, ...json }, current)).status).toBe(200);
    const asked = await get({ ...script, authorization: `Basic ${wrong}` }, current);
    expect([asked.status, asked.headers.get("www-authenticate")]).toEqual([401, null]);
    const set = asked.headers.get("set-cookie")!;
    expect(set).toMatch(/; Path=\/; .*HttpOnly; Secure; SameSite=Lax$/);
    const page = await app.request("GET", "/", { headers: { ...cookie, cookie: set.split(";")[0]! } });
    expect([page.status, page.headers.get("location")]).toEqual([302, "/.auth/logout?post_logout_redirect_uri=%2F"]);
    expect(page.headers.get("set-cookie")).toContain("Max-Age=0");
  });
});

describe("a forged header opens nothing", () => {
  let app: App | undefined;
  afterEach(() => app?.close());
  const forged = () => app!.request("GET", path, { headers: signedIn(someone(["Admin"])) });

  it("where the platform's sign-in is off, which is said at the start", async () => {
    app = await start({ WEBSITE_AUTH_ENABLED: "" });
    expect((await forged()).status).toBe(401);
    expect((await app.request("GET", "/")).headers.get("location")).toBeNull();
  });

  it("where the platform's sign-in is off by its own words", async () => {
    app = await start({ WEBSITE_AUTH_ENABLED: "False" });
    expect((await forged()).status).toBe(401);
  });

  it("where the app is not told to heed it", async () => {
    app = await start({ MLFLOW_FUNCTIONS_AUTH: "entra", MLFLOW_FUNCTIONS_ENTRA_AUDIENCES: crypto.randomUUID() });
    expect((await forged()).status).toBe(401);
  });
});

describe("an app below a prefix", () => {
  it("comes back to it", async () => {
    const app = await start({ MLFLOW_STATIC_PREFIX: "/ml" });
    try {
      const { headers } = await app.request("GET", "/ml/");
      expect(headers.get("location")).toBe("/.auth/login/aad?post_login_redirect_uri=%2Fml%2F");
    } finally {
      await app.close();
    }
  });
});
