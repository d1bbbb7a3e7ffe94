import { randomBytes } from "node:crypto";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { escapeIdentifier, escapeLiteral, type Pool } from "pg";

/** A stand-in for the endpoint from which App Service hands out the tokens of an app's managed identity. */
export interface ManagedIdentity {
  /** What the platform sets. */
  settings: { IDENTITY_ENDPOINT: string; IDENTITY_HEADER: string };
  /** The resource of each request, in order. */
  asked: string[];
  /** In seconds, of the tokens to come. */
  lifetime: number;
  /** When the last token ends, by Date.now(). */
  endsAt: number;
  /** `silence` takes requests and answers nothing. */
  mode: "tokens" | "error" | "silence";
  /** Drops the requests that were not answered, as a restart of the endpoint does. */
  drop(): void;
  close(): Promise<void>;
}

/**
 * @param issue makes the token for a resource; what accepts tokens learns of it here
 * @param clientId of the identity that is asked for; any where it is left out
 */
export async function aManagedIdentity(
  issue: (resource: string) => Promise<string>,
  clientId?: string,
): Promise<ManagedIdentity> {
  const header = randomBytes(16).toString("hex");
  const unanswered = new Set<ServerResponse>();
  const server = createServer(async (request, response) => {
    const { searchParams } = new URL(request.url!, "http://localhost");
    const resource = searchParams.get("resource") ?? "";
    const refused =
      request.headers["x-identity-header"] !== header || (clientId ?? null) !== searchParams.get("client_id");
    if (refused) return void response.writeHead(400).end("{}");
    identity.asked.push(resource);
    if (identity.mode === "silence") return void unanswered.add(response);
    if (identity.mode === "error") return void response.writeHead(500).end("{}");
    const access_token = await issue(resource);
    const expires_on = Math.floor(Date.now() / 1000) + identity.lifetime;
    identity.endsAt = expires_on * 1000;
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ access_token, expires_on, token_type: "Bearer", resource, client_id: clientId }));
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const identity: ManagedIdentity = {
    settings: {
      IDENTITY_ENDPOINT: `http://127.0.0.1:${(server.address() as AddressInfo).port}/msi/token`,
      IDENTITY_HEADER: header,
    },
    asked: [],
    lifetime: 3600,
    endsAt: 0,
    mode: "tokens",
    drop: () => {
      for (const response of unanswered) response.destroy();
      unanswered.clear();
    },
    close: () =>
      new Promise((done) => {
        server.closeAllConnections();
        server.close(() => done());
      }),
  };
  return identity;
}

/** A text as long as Entra's tokens are. */
export const aToken = () => randomBytes(1200).toString("base64url");

/** Makes a new token the password of a role, so that PostgreSQL accepts this one and no older one. */
export async function tokenOf(role: string, admin: Pool): Promise<string> {
  const token = aToken();
  await admin.query(`ALTER ROLE ${escapeIdentifier(role)} PASSWORD ${escapeLiteral(token)}`);
  return token;
}
