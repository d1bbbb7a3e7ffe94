/** Bodies as they are packed for the way (mlflow/tracing/utils/otlp.py, decompress_otlp_body). */
import { promisify } from "node:util";
import { gunzip, inflate, inflateRaw, type ZlibOptions } from "node:zlib";
import { shown } from "../../platform/shown.ts";
import { OtlpRefusal, tooLarge } from "./refusal.ts";

type Unpack = (bytes: Uint8Array, options: ZlibOptions) => Promise<Buffer>;

const unpackers: Record<string, readonly Unpack[]> = {
  gzip: [promisify<Uint8Array, ZlibOptions, Buffer>(gunzip)],
  // Some clients send the bare stream.
  deflate: [
    promisify<Uint8Array, ZlibOptions, Buffer>(inflate),
    promisify<Uint8Array, ZlibOptions, Buffer>(inflateRaw),
  ],
};

/**
 * The body as it was before it was packed. No more than the limit is ever unpacked.
 * @param encoding the header Content-Encoding; `identity` is none that stock knows
 * @param limit in bytes
 * @throws OtlpRefusal 400 for another encoding or a broken stream, 413 beyond the limit
 */
export async function unpacked(body: Uint8Array, encoding: string, limit: number): Promise<Uint8Array> {
  if (body.byteLength > limit) throw tooLarge(limit);
  if (encoding === "") return body;
  const name = encoding.toLowerCase();
  const tries = Object.hasOwn(unpackers, name) ? unpackers[name]! : undefined;
  if (!tries) throw new OtlpRefusal(400, `Unsupported Content-Encoding: ${shown(name)}`);
  // For Python, nothing is a complete gzip stream.
  if (name === "gzip" && body.byteLength === 0) return body;
  for (const unpack of tries) {
    try {
      return await unpack(body, { maxOutputLength: limit });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE") throw tooLarge(limit);
    }
  }
  throw new OtlpRefusal(400, `Failed to decompress ${name} payload`);
}
