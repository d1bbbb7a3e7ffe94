/** An answer that is not plain 200 JSON. */
export class Reply {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: string | Uint8Array | undefined;

  constructor(status: number, headers: Record<string, string> = {}, body?: string | Uint8Array) {
    this.status = status;
    this.headers = headers;
    this.body = body;
  }
}

/** Plain text. */
export const plainText = (body: string, status = 200): Reply =>
  new Reply(status, { "content-type": "text/plain; charset=utf-8" }, body);
