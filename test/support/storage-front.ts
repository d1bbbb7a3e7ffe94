/** Stands between the app and Azurite, and answers as Azure Storage does where it refuses. */
import { createServer, type IncomingMessage, request as plainRequest, type ServerResponse } from "node:http";
import { createServer as createTlsServer, request as tlsRequest } from "node:https";
import type { AddressInfo } from "node:net";

/** An answer of Azure's to who may not. */
export interface Refusal {
  status: number;
  code: string;
  message: string;
  /** Said beside it, as for signatures and tokens. */
  detail?: string;
  headers?: Record<string, string>;
}

export const refusals = {
  role: {
    status: 403,
    code: "AuthorizationPermissionMismatch",
    message: "This request is not authorized to perform this operation using this permission.",
  },
  firewall: {
    status: 403,
    code: "AuthorizationFailure",
    message: "This request is not authorized to perform this operation.",
  },
  wrongKey: {
    status: 403,
    code: "AuthenticationFailed",
    message:
      "Server failed to authenticate the request. Make sure the value of Authorization header is formed correctly.",
    detail: "The MAC signature found in the HTTP request 'x' is not the same as any computed signature.",
  },
  clock: {
    status: 403,
    code: "AuthenticationFailed",
    message:
      "Server failed to authenticate the request. Make sure the value of Authorization header is formed correctly.",
    detail: "Request date header too old: 'Sat, 28 Nov 2026 00:00:00 GMT'",
  },
  expiredToken: {
    status: 401,
    code: "InvalidAuthenticationInfo",
    message:
      "Server failed to authenticate the request. Please refer to the information in the www-authenticate header.",
    detail: "Lifetime validation failed. The token is expired.",
  },
  keysOff: {
    status: 403,
    code: "KeyBasedAuthenticationNotPermitted",
    message: "Key based authentication is not permitted on this storage account.",
  },
} satisfies Record<string, Refusal>;

export interface StorageFront {
  /** Its address, without a path. */
  origin: string;
  /** Which requests are refused, by method and address, and how; none at first. */
  refuse: (method: string, url: URL) => Refusal | undefined;
  /** Milliseconds that the service's clock is ahead. */
  ahead: number;
  close(): Promise<void>;
}

/**
 * @param target the origin of one of Azurite's services
 * @param tls for a front that speaks https, as a service behind it does
 */
export async function aStorageFront(target: string, tls?: { key: string; cert: string }): Promise<StorageFront> {
  const listener = (request: IncomingMessage, response: ServerResponse) => answer(front, target, request, response);
  const server = tls ? createTlsServer(tls, listener) : createServer(listener);
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address() as AddressInfo;
  const front: StorageFront = {
    origin: `${tls ? "https" : "http"}://127.0.0.1:${port}`,
    refuse: () => undefined,
    ahead: 0,
    close: () =>
      new Promise((done) => {
        server.closeAllConnections();
        server.close(() => done());
      }),
  };
  return front;
}

function answer(front: StorageFront, target: string, request: IncomingMessage, response: ServerResponse): void {
  const url = new URL(request.url ?? "/", target);
  const date = () => new Date(Date.now() + front.ahead).toUTCString();
  const refusal = front.refuse(request.method ?? "GET", url);
  if (refusal) {
    request.resume();
    const { type, body } = bodyOf(refusal, request);
    const headers = { date: date(), "content-type": type, "x-ms-error-code": refusal.code, ...refusal.headers };
    return void response.writeHead(refusal.status, headers).end(body);
  }
  const send = url.protocol === "https:" ? tlsRequest : plainRequest;
  const { method, headers } = request;
  const passed = send(url, { method, headers, rejectUnauthorized: false }, (answered) => {
    response.writeHead(answered.statusCode ?? 500, { ...answered.headers, date: date() });
    answered.pipe(response);
  });
  passed.on("error", () => response.destroy());
  request.pipe(passed);
}

/** Tables are refused in JSON, blobs in XML. */
function bodyOf({ code, message, detail }: Refusal, { headers }: IncomingMessage): { type: string; body: string } {
  if (headers.accept?.includes("json")) {
    const error = { code, message: { lang: "en-US", value: message } };
    return { type: "application/json", body: JSON.stringify({ "odata.error": error }) };
  }
  const told = detail ? `<AuthenticationErrorDetail>${detail}</AuthenticationErrorDetail>` : "";
  const body = `<?xml version="1.0" encoding="utf-8"?><Error><Code>${code}</Code><Message>${message}</Message>${told}</Error>`;
  return { type: "application/xml", body };
}

/** The connection string of an Azurite, led through fronts of its Blob and Table services. */
export async function withFronts(
  connectionString: string,
): Promise<{ connectionString: string; blob: StorageFront; table: StorageFront; close(): Promise<unknown> }> {
  const endpoint = (service: string) => new URL(new RegExp(`${service}Endpoint=([^;]+)`).exec(connectionString)![1]!);
  const [blob, table] = await Promise.all([
    aStorageFront(endpoint("Blob").origin),
    aStorageFront(endpoint("Table").origin),
  ]);
  const through = connectionString
    .replace(endpoint("Blob").origin, blob.origin)
    .replace(endpoint("Table").origin, table.origin);
  return { connectionString: through, blob, table, close: () => Promise.all([blob.close(), table.close()]) };
}
