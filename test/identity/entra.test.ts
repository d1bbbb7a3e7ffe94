import { createHmac } from "node:crypto";
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from "jose";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type App, startApp } from "../support/app.ts";
import { type Authority, anAuthority } from "../support/authority.ts";

let app: App;
let authority: Authority;
beforeAll(async () => {
  authority = await anAuthority();
  app = await startApp({ MLFLOW_FUNCTIONS_AUTH: "entra", ...authority.settings });
});
afterAll(async () => {
  await app.close();
  await authority.close();
});

const path = "/api/2.0/mlflow/experiments/get?experiment_id=0";
const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });
const ask = (token: string) => app.request("GET", path, bearer(token));
const reader: JWTPayload = { roles: ["Reader"] };
const seconds = () => Math.floor(Date.now() / 1000);
const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
const claimsOf = (token: string): object => JSON.parse(Buffer.from(token.split(".")[1]!, "base64url").toString());
/** The lines that the app has logged meanwhile. */
const logged = async (work: () => Promise<unknown>) => {
  const before = app.lines.length;
  await work();
  return app.lines.slice(before).join("\n");
};

describe("a token that is accepted", () => {
  it("is of version 2, for the app's id", async () => {
    expect((await ask(await authority.userToken(reader))).status).toBe(200);
  });

  it("is of version 1, for the app's id URI", async () => {
    const { tenant, audience } = authority;
    const v1 = { ver: "1.0", iss: `https://sts.windows.net/${tenant}/`, aud: `api://${audience}` };
    expect((await ask(await authority.userToken({ ...reader, ...v1 }))).status).toBe(200);
  });

  it("has other scopes beside", async () => {
    expect((await ask(await authority.userToken({ ...reader, scp: "other user_impersonation" }))).status).toBe(200);
  });

  it("may be some minutes early or late, since clocks differ", async () => {
    expect((await ask(await authority.userToken({ ...reader, nbf: seconds() + 200 }))).status).toBe(200);
    expect((await ask(await authority.userToken({ ...reader, exp: seconds() - 200 }))).status).toBe(200);
  });

  it("is of an app with a role, told by idtyp or by its own subject", async () => {
    expect((await ask(await authority.appToken(reader))).status).toBe(200);
    expect((await ask(await authority.appToken({ ...reader, idtyp: undefined }))).status).toBe(200);
  });

  it("may be sent as a password, whatever the name", async () => {
    const basic = (password: string) => Buffer.from(`token:${password}`).toString("base64");
    const withPassword = async (password: string) =>
      app.request("GET", path, { headers: { authorization: `Basic ${basic(password)}` } });
    expect((await withPassword(await authority.userToken(reader))).status).toBe(200);
    expect((await withPassword(await authority.userToken({ ...reader, aud: "other" }))).status).toBe(401);
    expect((await withPassword("a password")).status).toBe(401);
  });

  it("is verified once, and refused when it has ended all the same", async () => {
    const token = await authority.userToken({ ...reader, exp: seconds() - 285 });
    expect((await ask(token)).status).toBe(200);
    await expect.poll(async () => (await ask(token)).status, { timeout: 40_000, interval: 500 }).toBe(401);
  });

  it("is signed by a new key, and those of the old one go on while that is published", async () => {
    const old = await authority.userToken(reader);
    await authority.rotate(true);
    expect((await ask(await authority.userToken(reader))).status).toBe(200);
    expect((await ask(old)).status).toBe(200);
  });
});

describe("a token that is refused", () => {
  interface Refused {
    token(): Promise<string>;
    told: RegExp;
    reason: RegExp;
  }

  /** Signed by the app's key, but by another way. */
  const withKey = async (alg: string) => {
    const { kid, key } = authority.signer();
    const { privateKey } = alg === "RS256" ? { privateKey: key } : await generateKeyPair(alg, { extractable: true });
    return new SignJWT(claimsOf(await authority.userToken(reader)) as JWTPayload)
      .setProtectedHeader({ alg, kid, typ: "JWT" })
      .sign(privateKey);
  };
  const user = (claims: JWTPayload) => () => authority.userToken({ ...reader, ...claims });
  const notAccepted = /^The token is not accepted\.$/;

  const cases: Record<string, Refused> = {
    "is signed with the public key as a secret (HS256)": {
      token: async () => {
        const [, claims] = (await authority.userToken(reader)).split(".");
        const signed = `${part({ alg: "HS256", typ: "JWT", kid: authority.signer().kid })}.${claims}`;
        return `${signed}.${createHmac("sha256", authority.publicPem()).update(signed).digest("base64url")}`;
      },
      told: notAccepted,
      reason: /not signed by RS256/,
    },
    "is not signed (none)": {
      token: async () =>
        `${part({ alg: "none", typ: "JWT", kid: authority.signer().kid })}.${(await user({})()).split(".")[1]}.`,
      told: notAccepted,
      reason: /not signed by RS256/,
    },
    "is signed by another algorithm (PS256)": {
      token: () => withKey("PS256"),
      told: notAccepted,
      reason: /not signed by RS256/,
    },
    "brings its own key": {
      token: async () => {
        const { privateKey, publicKey } = await generateKeyPair("RS256", { extractable: true });
        const jwk = await exportJWK(publicKey);
        return new SignJWT(claimsOf(await user({})()) as JWTPayload)
          .setProtectedHeader({ alg: "RS256", kid: authority.signer().kid, jwk })
          .sign(privateKey);
      },
      told: notAccepted,
      reason: /signature is wrong/,
    },
    "was changed after it was signed": {
      token: async () => {
        const [header, , signature] = (await user({ roles: ["Reader"] })()).split(".");
        return `${header}.${part({ ...claimsOf(await user({})()), roles: ["Admin"] })}.${signature}`;
      },
      told: notAccepted,
      reason: /signature is wrong/,
    },
    "names no key": {
      token: () => authority.userToken(reader, { kid: undefined }),
      told: notAccepted,
      reason: /names no key/,
    },
    "names a key that nobody publishes": {
      token: () => authority.userToken(reader, { kid: "unknown" }),
      told: notAccepted,
      reason: /does not publish/,
    },
    "has expired": { token: user({ exp: seconds() - 301 }), told: /has expired/, reason: /has expired/ },
    "never ends": { token: user({ exp: undefined }), told: notAccepted, reason: /claim exp is missing/ },
    "is not valid yet": { token: user({ nbf: seconds() + 900 }), told: /not valid yet/, reason: /not valid yet/ },
    "is of another tenant": {
      token: user({ tid: crypto.randomUUID() }),
      told: /of another tenant/,
      reason: /ENTRA_TENANTS does not list/,
    },
    "is of another issuer": {
      token: user({ iss: "https://example.com/v2.0" }),
      told: notAccepted,
      reason: /issuer \(iss\) is https:\/\/example\.com/,
    },
    "has version 2's issuer in version 1": {
      token: user({ ver: "1.0" }),
      told: notAccepted,
      reason: /issuer \(iss\) is https:\/\/127/,
    },
    "is of a version that is none": { token: user({ ver: "3.0" }), told: notAccepted, reason: /neither 1\.0 nor 2\.0/ },
    "is for another audience": {
      token: user({ aud: "api://another" }),
      told: /another audience/,
      reason: /audience api:\/\/another, which MLFLOW_FUNCTIONS_ENTRA_AUDIENCES/,
    },
    "is for two audiences": {
      token: () => authority.userToken({ ...reader, aud: [authority.audience, "api://another"] }),
      told: notAccepted,
      reason: /odd ones: aud/,
    },
    "is for Microsoft Graph": {
      token: user({ aud: "00000003-0000-0000-c000-000000000000" }),
      told: /for Microsoft Graph/,
      reason: /for Microsoft Graph/,
    },
    "is a user's without this app's scope": {
      token: user({ scp: "User.Read user_impersonation2" }),
      told: /lacks this server's scope/,
      reason: /without MLFLOW_FUNCTIONS_ENTRA_SCOPE/,
    },
    "is an id token": {
      token: user({ scp: undefined, nonce: "n" }),
      told: /no access token/,
      reason: /id token/,
    },
    "is an app's and has scopes": {
      token: () => authority.appToken({ ...reader, scp: "user_impersonation" }),
      told: /no access token/,
      reason: /no access token/,
    },
    "names nobody": { token: user({ oid: undefined }), told: notAccepted, reason: /odd ones: oid/ },
    "is no token": { token: async () => "a.b.c", told: notAccepted, reason: /is none/ },
  };

  it.each(Object.entries(cases))("%s", async (_, { token, told, reason }) => {
    const sent = await token();
    const lines = await logged(async () => {
      const { status, body, headers } = await ask(sent);
      expect([status, body.error_code]).toEqual([401, "UNAUTHENTICATED"]);
      expect(body.message).toMatch(told);
      expect(headers.get("www-authenticate")).toBe('Bearer error="invalid_token"');
    });
    expect(app.lines.join("\n")).toMatch(reason);
    for (const secret of sent.split(".").filter(({ length }) => length > 1)) expect(lines).not.toContain(secret);
  });

  it("is refused again and again, and logged once", async () => {
    const lines = await logged(async () => {
      for (let times = 0; times < 3; times++) await ask(await authority.userToken({ ...reader, aud: "api://twice" }));
    });
    expect(lines.match(/api:\/\/twice/g)).toHaveLength(1);
  });
});

describe("the keys", () => {
  afterEach(() => {
    authority.mode = "keys";
  });

  it("are kept while the authority is away", async () => {
    expect((await ask(await authority.userToken(reader))).status).toBe(200);
    authority.mode = "error";
    expect((await ask(await authority.userToken({ ...reader, name: "another token" }))).status).toBe(200);
    expect((await ask(await authority.userToken(reader, { kid: "unknown" }))).status).toBe(401);
    expect((await ask(await authority.userToken({ ...reader, name: "a third token" }))).status).toBe(200);
    expect(app.lines.join("\n")).not.toContain("can't be had");
  });
});

describe("beside passwords", () => {
  let both: App;
  const password = "correct horse battery";
  const basic = { authorization: `Basic ${Buffer.from(`admin:${password}`).toString("base64")}` };
  beforeAll(async () => {
    const admin = { MLFLOW_AUTH_ADMIN_USERNAME: "admin", MLFLOW_AUTH_ADMIN_PASSWORD: password };
    both = await startApp({ MLFLOW_FUNCTIONS_AUTH: "basic,entra", ...admin, ...authority.settings });
  });
  afterAll(() => both.close());

  it("each is told by its own kind of header", async () => {
    const get = (headers: Record<string, string>) => both.request("GET", path, { headers });
    expect((await get(basic)).status).toBe(200);
    expect((await get(bearer(await authority.userToken(reader)).headers)).status).toBe(200);
    const nobody = await get({});
    expect([nobody.status, nobody.headers.get("www-authenticate")]).toEqual([
      401,
      'Basic realm="mlflow", charset="UTF-8", Bearer',
    ]);
    expect((await get({ authorization: `Bearer ${password}` })).status).toBe(401);
  });

  it("a permission of a user of Entra follows a model that a basic user renames, and goes when it is deleted", async () => {
    const oid = crypto.randomUUID();
    const principal = `user:${authority.tenant}:${oid}`;
    const json = { "content-type": "application/json" };
    const ask = (method: string, at: string, body: object) =>
      both.request(method, `/api/2.0/mlflow/registered-models/${at}`, {
        headers: { ...basic, ...json },
        body: JSON.stringify(body),
      });
    const token = await authority.userToken({ oid });
    const read = async (name: string) =>
      (await both.request("GET", `/api/2.0/mlflow/registered-models/get?name=${name}`, bearer(token))).status;
    const [before, after] = [crypto.randomUUID(), crypto.randomUUID()];
    expect((await ask("POST", "create", { name: before })).status).toBe(200);
    await both.db.query(
      `INSERT INTO mlflow_functions.principal_permissions (principal, resource_type, resource_pattern, permission)
        VALUES ($1, 'registered_model', $2, 'READ'), ($1, 'experiment', '0', 'READ')`,
      [principal, before],
    );
    expect(await read(before)).toBe(200);
    expect((await ask("POST", "rename", { name: before, new_name: after })).status).toBe(200);
    expect([await read(after), await read(before)]).toEqual([200, 404]);
    expect((await ask("DELETE", "delete", { name: after })).status).toBe(200);
    const { rows } = await both.db.query(
      "SELECT resource_type FROM mlflow_functions.principal_permissions WHERE principal = $1",
      [principal],
    );
    expect(rows).toEqual([{ resource_type: "experiment" }]);
  });
});
