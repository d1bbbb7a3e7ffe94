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

/** JSON text in parts. They are put together as bytes: a large text would be copied twice more. */
export class JsonParts {
  private readonly parts: readonly string[];

  constructor(parts: readonly string[]) {
    this.parts = parts;
  }

  bytes(): Uint8Array {
    const bytes = Buffer.allocUnsafe(this.parts.reduce((sum, part) => sum + Buffer.byteLength(part), 0));
    let at = 0;
    for (const part of this.parts) at += bytes.write(part, at);
    return bytes;
  }
}
