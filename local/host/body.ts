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

type Body = Buffer | undefined;

/**
 * Reads whole bodies, as they are handed to the app: none where it has no Content-Length.
 * @param limit bytes; a longer body is refused by what its Content-Length says
 * @throws Refused, ClientGone
 */
export function bodyReader(limit: number): (request: http.IncomingMessage) => Body | Promise<Body> {
  const rates = new Rates();
  return (request) => readBody(request, limit, rates);
}

function readBody(request: http.IncomingMessage, limit: number, rates: Rates): Body | Promise<Body> {
  const { "content-length": declared, "transfer-encoding": encoding } = request.headers;
  if (declared === undefined && encoding === undefined) return undefined;
  if (Number(declared ?? 0) > limit) throw new Refused(500, "Request body too large");
  if (request.destroyed) throw new ClientGone();
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const slow = () => reject(new Refused(408, "Reading the request body timed out: too few bytes arrived"));
    const rate: Rate = { started: performance.now(), received: 0, slow };
    rates.watch(rate);
    request.on("data", (chunk: Buffer) => {
      rate.received += chunk.length;
      if (declared !== undefined) chunks.push(chunk);
    });
    request.once("end", () => resolve(chunks.length < 2 ? chunks[0] : Buffer.concat(chunks)));
    request.once("error", () => reject(new ClientGone()));
    request.once("close", () => {
      rates.forget(rate);
      if (!request.readableEnded) reject(new ClientGone());
    });
  });
}

/** Of a body that is being read. */
interface Rate {
  started: number;
  /** Bytes. */
  received: number;
  slow(): void;
}

/** One timer looks at all of them: most bodies are there at once. */
class Rates {
  private readonly watched = new Set<Rate>();
  private timer: NodeJS.Timeout | undefined;

  watch(rate: Rate): void {
    this.watched.add(rate);
    this.timer ??= setInterval(() => this.look(), 1000).unref();
  }

  forget(rate: Rate): void {
    this.watched.delete(rate);
  }

  private look(): void {
    const now = performance.now();
    for (const rate of this.watched) {
      const elapsed = now - rate.started;
      if (elapsed < graceMilliseconds || rate.received >= (elapsed / 1000) * leastBytesPerSecond) continue;
      this.watched.delete(rate);
      rate.slow();
    }
    if (this.watched.size > 0) return;
    clearInterval(this.timer);
    this.timer = undefined;
  }
}
