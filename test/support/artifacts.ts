import { randomUUID } from "node:crypto";
import { request } from "node:http";
import { expect, inject } from "vitest";
import { parseConnectionString } from "../../shared/platform/azure/connection-string.ts";

const api = "/api/2.0/mlflow-artifacts";

export interface Credential {
  url: string;
  part_number: number;
  headers?: Record<string, string>;
}

export interface Upload {
  upload_id: string;
  credentials: Credential[];
}

/** The setting of an artifacts destination that no other test file uses: all share one Azurite. */
export function aDestination() {
  const { account } = parseConnectionString(inject("storage"));
  return { MLFLOW_ARTIFACTS_DESTINATION: `wasbs://${randomUUID()}@${account}.blob.core.windows.net/some/where` };
}

interface Failure {
  error_code?: string;
  message?: string;
}

/** Each segment encoded, the slashes between them left. */
const urlPath = (path: string) => path.split("/").map(encodeURIComponent).join("/");

export const sendPart = ({ url, headers = {} }: Credential, content: Uint8Array) =>
  fetch(url, { method: "PUT", headers, body: Buffer.from(content) });

/** The mlflow-artifacts routes, used as clients use them. */
export class ArtifactsClient {
  private readonly url: string;

  constructor(url: string) {
    this.url = url;
  }

  async call<T = Record<string, unknown>>(method: string, path: string, body?: object) {
    const response = await fetch(`${this.url}${api}${path}`, {
      method,
      redirect: "manual",
      ...(body && { headers: { "content-type": "application/json" }, body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const json = (text.startsWith("{") ? JSON.parse(text) : {}) as T & Failure;
    return { status: response.status, headers: response.headers, text, json };
  }

  /** A request whose path goes out as it is: fetch would resolve its dots. */
  raw(method: string, path: string, headers: Record<string, string> = {}, body?: Buffer) {
    const { hostname, port } = new URL(this.url);
    return new Promise<{ status: number; text: string }>((resolve, reject) => {
      const outgoing = request({ hostname, port, method, path: `${api}${path}`, headers }, (answer) => {
        let text = "";
        answer.setEncoding("utf8");
        answer.on("data", (chunk: string) => {
          text += chunk;
        });
        answer.on("end", () => resolve({ status: answer.statusCode!, text }));
      });
      outgoing.on("error", reject);
      outgoing.end(body);
    });
  }

  create(folder: string, name: string, parts: number) {
    return this.call<Upload>("POST", `/mpu/create/${urlPath(folder)}`, { path: name, num_parts: parts });
  }

  complete(folder: string, name: string, upload: Upload, parts: Credential[] = upload.credentials, more: object = {}) {
    return this.call("POST", `/mpu/complete/${urlPath(folder)}`, {
      ...more,
      path: name,
      upload_id: upload.upload_id,
      parts: parts.map(({ url, part_number }) => ({ url, part_number, etag: "" })),
    });
  }

  abort(folder: string, name: string, uploadId: string) {
    return this.call("POST", `/mpu/abort/${urlPath(folder)}`, { path: name, upload_id: uploadId });
  }

  /** Uploads as the 3.18 client does. */
  async upload(folder: string, name: string, content: Buffer, partSize: number): Promise<Upload> {
    const created = await this.create(folder, name, Math.max(1, Math.ceil(content.length / partSize)));
    expect(created.status).toBe(200);
    for (const credential of created.json.credentials) {
      const start = (credential.part_number - 1) * partSize;
      const sent = await sendPart(credential, content.subarray(start, start + partSize));
      expect(sent.status).toBe(201);
    }
    expect(await this.complete(folder, name, created.json)).toMatchObject({ status: 200, json: {} });
    return created.json;
  }

  async download(path: string): Promise<Buffer> {
    const { json } = await this.call<{ url: string; file_size: number }>("GET", `/presigned/${urlPath(path)}`);
    const content = Buffer.from(await (await fetch(json.url)).arrayBuffer());
    expect(json.file_size).toBe(content.length);
    return content;
  }

  put(path: string, content: string) {
    const body = Buffer.from(content);
    return this.raw("PUT", `/artifacts/${urlPath(path)}`, { "content-length": String(body.length) }, body);
  }

  async list(path: string) {
    return (await this.call<{ files?: { path: string }[] }>("GET", `/artifacts?path=${encodeURIComponent(path)}`)).json;
  }
}

/** Names that mean something to URLs, shells or file systems. */
export const oddNames = [
  "a b.txt",
  "ü 日本 😀.txt",
  "100% sure.txt",
  "a+b.txt",
  "a&b=c;d.txt",
  "it's (1)!~.txt",
  "[x]{y}.txt",
  "a:b@c.txt",
  "e\u0301.txt",
  'a "quoted" `name`.txt',
  "p%q",
];
