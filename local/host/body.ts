import type http from "node:http";

/** A request that ends before the app is called, with an empty answer on a connection that is closed. */
export class Refused extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

export class ClientGone extends Error {}

/** Kestrel's least rate of a body, kept by its average once the grace is over. */
const leastBytesPerSecond = 240;
const graceMilliseconds = 5000;

/**
 * A whole body, as it is handed to the app: none where it has no Content-Length.
 * @param limit bytes; a longer body is refused by what its Content-Length says
 * @throws Refused, ClientGone
 */
export function readBody(
  request: http.IncomingMessage,
  limit: number,
): Buffer | undefined | Promise<Buffer | undefined> {
  const { "content-length": declared, "transfer-encoding": encoding } = request.headers;
  if (declared === undefined && encoding === undefined) return undefined;
  if (Number(declared ?? 0) > limit) throw new Refused(500, "Request body too large");
  if (request.destroyed) throw new ClientGone();
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let received = 0;
    const slow = () => reject(new Refused(408, "Reading the request body timed out: too few bytes arrived"));
    const rate = watchRate(() => received, slow);
    request.on("data", (chunk: Buffer) => {
      received += chunk.length;
      if (declared !== undefined) chunks.push(chunk);
    });
    request.once("end", () => resolve(chunks.length < 2 ? chunks[0] : Buffer.concat(chunks)));
    request.once("error", () => reject(new ClientGone()));
    request.once("close", () => {
      clearInterval(rate);
      if (!request.readableEnded) reject(new ClientGone());
    });
  });
}

function watchRate(received: () => number, slow: () => void): NodeJS.Timeout {
  const started = performance.now();
  const rate = setInterval(() => {
    const elapsed = performance.now() - started;
    if (elapsed < graceMilliseconds || received() >= (elapsed / 1000) * leastBytesPerSecond) return;
    clearInterval(rate);
    slow();
  }, 1000);
  return rate;
}
