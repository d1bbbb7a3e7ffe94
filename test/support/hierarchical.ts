import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { BlobServiceClient, type ContainerClient } from "@azure/storage-blob";
import { inject } from "vitest";

const endpoint = /BlobEndpoint=([^;]+)/.exec(inject("storage"))![1]!;

export interface HierarchicalAccount {
  connectionString: string;
  /** Fills each folder again, just before it is deleted. */
  refill: boolean;
  close(): Promise<void>;
}

/**
 * Stands in front of Azurite and answers as an account with a hierarchical namespace does: each folder of a blob that
 * is written becomes a blob of its own with `hdi_isfolder`, and a folder is deleted only when nothing is left in it.
 */
export async function aHierarchicalAccount(): Promise<HierarchicalAccount> {
  const service = BlobServiceClient.fromConnectionString(inject("storage"));
  const account = { refill: false };
  const server = createServer((incoming, outgoing) => {
    answer(service, account, incoming, outgoing).catch((error) => outgoing.destroy(error));
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const { port } = server.address() as AddressInfo;
  const through = new URL(endpoint);
  through.port = String(port);
  return Object.assign(account, {
    connectionString: inject("storage").replace(endpoint, through.href),
    close: () => new Promise<void>((closed) => server.close(() => closed()) && server.closeAllConnections()),
  });
}

async function answer(
  service: BlobServiceClient,
  { refill }: { refill: boolean },
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<void> {
  const { pathname, searchParams } = new URL(incoming.url!, endpoint);
  const [container = "", ...segments] = pathname.split("/").slice(2).map(decodeURIComponent);
  const client = service.getContainerClient(container);
  const name = segments.join("/");
  if (incoming.method === "DELETE" && refill && (await isFolder(client, name)))
    await client.getBlockBlobClient(`${name}/late`).upload("1", 1);
  if (incoming.method === "DELETE" && name && (await holdsAnything(client, name))) {
    incoming.resume();
    outgoing.writeHead(409, { "x-ms-error-code": "DirectoryIsNotEmpty", "content-type": "application/xml" });
    outgoing.end(
      '<?xml version="1.0" encoding="utf-8"?><Error><Code>DirectoryIsNotEmpty</Code><Message>Not empty</Message></Error>',
    );
    return;
  }
  const isWritten = incoming.method === "PUT" && name && [null, "blocklist"].includes(searchParams.get("comp"));
  if (isWritten)
    for (let depth = 1; depth < segments.length; depth++) await makeFolder(client, segments.slice(0, depth));
  const { hostname, port } = new URL(endpoint);
  const { method, url, headers } = incoming;
  const passed = request({ hostname, port, method, path: url, headers }, (answered) => {
    outgoing.writeHead(answered.statusCode!, answered.rawHeaders);
    answered.pipe(outgoing);
  });
  passed.on("error", (error) => outgoing.destroy(error));
  incoming.pipe(passed);
}

async function holdsAnything(client: ContainerClient, name: string): Promise<boolean> {
  for await (const _ of client.listBlobsFlat({ prefix: `${name}/` })) return true;
  return false;
}

async function isFolder(client: ContainerClient, name: string): Promise<boolean> {
  const properties = await client
    .getBlobClient(name)
    .getProperties()
    .catch(() => undefined);
  return properties?.metadata?.hdi_isfolder === "true";
}

const makeFolder = (client: ContainerClient, segments: string[]) =>
  client.getBlockBlobClient(segments.join("/")).upload("", 0, { metadata: { hdi_isfolder: "true" } });
