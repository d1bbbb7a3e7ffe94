import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import {
  type CryptoKey,
  exportJWK,
  exportSPKI,
  generateKeyPair,
  type JWTHeaderParameters,
  type JWTPayload,
  SignJWT,
} from "jose";
import { type GenerateResult, generate } from "selfsigned";

/** A stand-in for Entra: it publishes keys over https, and signs tokens with them. */
export interface Authority {
  url: string;
  /** Where it listens, on this machine. */
  port: number;
  tenant: string;
  /** The id of the app registration that tokens are for. */
  audience: string;
  /** What an app needs to trust it; without `MLFLOW_FUNCTIONS_AUTH`. */
  settings: Record<string, string>;
  /** The access token of a user (of version 2), changed by `claims`; `undefined` leaves a claim out. */
  userToken(claims?: JWTPayload, header?: Partial<JWTHeaderParameters>): Promise<string>;
  /** The token of an app or a managed identity. */
  appToken(claims?: JWTPayload): Promise<string>;
  /** Key id and private key, as tokens are signed with now. */
  signer(): Signer;
  /** The published key, as its PEM text. */
  publicPem(): string;
  /** From now on tokens are signed with a new key. The old one is published beside it for as long as `keepOld` says. */
  rotate(keepOld?: boolean): Promise<void>;
  /** How often the keys were asked for. */
  asked: number;
  /** What is answered to who asks for the keys; usually the keys. */
  mode: "keys" | "error" | "silence";
  /** Seconds that its clock is ahead, by the dates of its answers. */
  ahead: number;
  close(): Promise<void>;
}

export interface Signer {
  kid: string;
  key: CryptoKey;
}

/** Takes seconds to make. */
let certificate: GenerateResult | undefined;
const forThisMachine = () => generate([{ name: "commonName", value: "127.0.0.1" }], { days: 1, keySize: 2048 });

/** What it is where that is not made up: the address that it is known by, and the certificate for that. */
interface Known {
  url: string;
  tenant: string;
  audience: string;
  certificate: GenerateResult;
}

/** Starts it. Its certificate is its own, so this process checks no certificates from now on. */
export async function anAuthority(known?: Known): Promise<Authority> {
  process.env.NODE_TLS_REJECT_UNAUTHORIZED = "0";
  if (!known) certificate ??= forThisMachine();
  const made = known?.certificate ?? certificate!;
  const { tenant, audience } = known ?? { tenant: crypto.randomUUID(), audience: crypto.randomUUID() };
  let [signer, pem, published] = await aKey();
  const server = createServer({ key: made.private, cert: made.cert }, (request, response) => {
    authority.asked += 1;
    const known = [`/${tenant}/discovery/v2.0/keys`, `/${tenant}/discovery/keys`];
    response.setHeader("date", new Date(Date.now() + authority.ahead * 1000).toUTCString());
    if (request.url === `/${tenant}/v2.0/.well-known/openid-configuration`)
      return void response.end(JSON.stringify({ issuer: `${url}/${tenant}/v2.0` }));
    if (!known.includes(request.url ?? "")) return void response.writeHead(404).end();
    if (authority.mode === "silence") return;
    if (authority.mode === "error") return void response.writeHead(500).end("not now");
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ keys: published }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const url = known?.url ?? `https://127.0.0.1:${port}`;
  const sign = (claims: JWTPayload, header: Partial<JWTHeaderParameters> = {}) =>
    new SignJWT(claims).setProtectedHeader({ alg: "RS256", typ: "JWT", kid: signer.kid, ...header }).sign(signer.key);
  const common = () => {
    const now = Math.floor(Date.now() / 1000);
    return {
      ver: "2.0",
      iss: `${url}/${tenant}/v2.0`,
      aud: audience,
      tid: tenant,
      iat: now,
      nbf: now,
      exp: now + 3600,
    };
  };
  const authority: Authority = {
    url,
    port,
    tenant,
    audience,
    settings: {
      MLFLOW_FUNCTIONS_ENTRA_AUTHORITY: url,
      MLFLOW_FUNCTIONS_ENTRA_TENANTS: tenant,
      MLFLOW_FUNCTIONS_ENTRA_AUDIENCES: audience,
    },
    userToken: (claims, header) => {
      const oid = crypto.randomUUID();
      const user = {
        oid,
        sub: `pairwise-${oid}`,
        scp: "user_impersonation",
        preferred_username: "someone@example.com",
      };
      return sign({ ...common(), ...user, ...claims }, header);
    },
    appToken: (claims) => {
      const oid = crypto.randomUUID();
      return sign({ ...common(), oid, sub: oid, idtyp: "app", azp: crypto.randomUUID(), ...claims });
    },
    signer: () => signer,
    publicPem: () => pem,
    rotate: async (keepOld = false) => {
      const [next, nextPem, keys] = await aKey();
      [signer, pem, published] = [next, nextPem, keepOld ? [...published, ...keys] : keys];
    },
    asked: 0,
    mode: "keys",
    ahead: 0,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
  return authority;
}

async function aKey(): Promise<[Signer, pem: string, published: object[]]> {
  const kid = crypto.randomUUID();
  const { privateKey, publicKey } = await generateKeyPair("RS256", { extractable: true });
  const jwk = { ...(await exportJWK(publicKey)), kid, use: "sig" };
  return [{ kid, key: privateKey }, await exportSPKI(publicKey), [jwk]];
}
