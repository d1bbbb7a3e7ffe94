/** Files on their way into Blob Storage. */
import { createHash } from "node:crypto";
import { contentType } from "../../shared/artifacts/content.ts";
import { newArtifactPath } from "../../shared/artifacts/paths.ts";
import { blobAt } from "../../shared/artifacts/roots.ts";
import type { ArtifactRoot, BlobAddress } from "../../shared/platform/azure/address.ts";
import type { BlobStorage } from "../../shared/platform/azure/blobs.ts";
import { MlflowError } from "../../shared/platform/errors.ts";
import { Refusal } from "../../shared/tools/refusal.ts";
import { inParallel, takingTurns } from "./parallel.ts";
import type { SourceFile } from "./source.ts";

const filesAtOnce = 8;
const blockSize = 8 * 1024 * 1024;

interface Stored {
  size: number;
  /** Of the content; undefined where the storage has none. */
  md5: string | undefined;
}

export interface Uploaded {
  files: number;
  bytes: number;
  /** Files that were there already with the same content. */
  there: number;
  /** Sentences on files that can't be stored. */
  refused: string[];
}

/** Uploads folders, and compares what the storage then has with what was read. */
export class Uploads {
  readonly total: Uploaded = { files: 0, bytes: 0, there: 0, refused: [] };
  private readonly blobs: BlobStorage;
  private readonly turn = takingTurns(filesAtOnce);

  constructor(blobs: BlobStorage) {
    this.blobs = blobs;
  }

  /**
   * Brings all files of a folder. Answers how many it has.
   * @throws Refusal where the storage has other content at an address, or after the upload not what was read
   */
  async bring(files: AsyncIterable<SourceFile>, to: ArtifactRoot): Promise<number> {
    const expected = new Map<string, Required<Stored>>();
    let there: Map<string, Stored> | undefined;
    await inParallel(filesAtOnce, files, async (file) => {
      const blob = this.addressOf(file, to);
      if (!blob) return;
      there ??= await this.turn(() => this.stored(to));
      const known = there.get(blob.name);
      expected.set(blob.name, await this.turn(() => this.bringFile(file, blob, known)));
    });
    if (expected.size > 0) await this.verify(to, expected);
    return expected.size;
  }

  private addressOf(file: SourceFile, to: ArtifactRoot): BlobAddress | undefined {
    try {
      return blobAt(to, newArtifactPath(file.path));
    } catch (error) {
      if (!(error instanceof MlflowError)) throw error;
      this.total.refused.push(`The file ${to.prefix}/${file.path}: ${error.message}`);
      return undefined;
    }
  }

  private async bringFile(file: SourceFile, blob: BlobAddress, known: Stored | undefined): Promise<Required<Stored>> {
    if (known) {
      const md5 = await this.digest(file);
      if (known.size !== file.size || (known.md5 ?? md5) !== md5)
        throw new Refusal(`The storage has another file at ${blob.name} (${known.size} bytes, not ${file.size}).`);
      this.total.there++;
      return { size: file.size, md5: known.md5 };
    }
    const md5 = await this.upload(file, blob);
    this.total.files++;
    this.total.bytes += file.size;
    return { size: file.size, md5 };
  }

  private async digest(file: SourceFile): Promise<string> {
    const hash = createHash("md5");
    for await (const chunk of await file.open()) hash.update(chunk as Buffer);
    return hash.digest("base64");
  }

  /** In blocks, each of which the storage compares with its own hash. Answers the hash of all. */
  private async upload(file: SourceFile, blob: BlobAddress): Promise<string> {
    const client = (await this.blobs.container(blob.root)).getBlockBlobClient(blob.name);
    const hash = createHash("md5");
    const ids: string[] = [];
    let size = 0;
    for await (const block of blocksOf(await file.open())) {
      hash.update(block);
      size += block.length;
      const id = Buffer.from(String(ids.length).padStart(10, "0")).toString("base64");
      ids.push(id);
      const transactionalContentMD5 = createHash("md5").update(block).digest();
      await this.blobs.run(
        blob.root,
        (abortSignal) => client.stageBlock(id, block, block.length, { abortSignal, transactionalContentMD5 }),
        block.length,
      );
    }
    if (size !== file.size)
      throw new Refusal(`${file.path} (for ${blob.name}) changed while it was read: ${size} bytes, not ${file.size}.`);
    const md5 = hash.digest();
    const blobHTTPHeaders = { blobContentType: await contentType(blob.name), blobContentMD5: md5 };
    await this.blobs.run(blob.root, (abortSignal) => client.commitBlockList(ids, { abortSignal, blobHTTPHeaders }));
    return md5.toString("base64");
  }

  private async verify(to: ArtifactRoot, expected: ReadonlyMap<string, Required<Stored>>): Promise<void> {
    const stored = await this.turn(() => this.stored(to));
    for (const [name, { size, md5 }] of expected) {
      const found = stored.get(name);
      if (found?.size === size && found.md5 === md5) continue;
      throw new Refusal(`The storage does not have what was uploaded to ${name}. Run the command again.`);
    }
  }

  /** The blobs of a folder. A missing container is made. */
  private async stored(root: ArtifactRoot): Promise<Map<string, Stored>> {
    await this.blobs.ensureContainer(root);
    const found = new Map<string, Stored>();
    let continuationToken: string | undefined;
    do {
      const page = await this.blobs.run(root, async (abortSignal) => {
        const container = await this.blobs.container(root);
        const pages = container
          .listBlobsFlat({ prefix: `${root.prefix}/`, abortSignal })
          .byPage({ maxPageSize: 5_000, ...(continuationToken && { continuationToken }) });
        return (await pages.next()).value;
      });
      for (const { name, properties } of page?.segment.blobItems ?? []) {
        const { contentLength: size = 0, contentMD5: md5 } = properties;
        found.set(name, { size, md5: md5 && Buffer.from(md5).toString("base64") });
      }
      continuationToken = page?.continuationToken;
    } while (continuationToken);
    return found;
  }
}

async function* blocksOf(content: AsyncIterable<Buffer>): AsyncIterable<Buffer> {
  let waiting: Buffer[] = [];
  let length = 0;
  for await (const chunk of content) {
    waiting.push(chunk);
    length += chunk.length;
    if (length < blockSize) continue;
    yield Buffer.concat(waiting);
    waiting = [];
    length = 0;
  }
  if (length > 0) yield Buffer.concat(waiting);
}
