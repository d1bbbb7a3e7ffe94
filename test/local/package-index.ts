/** A package index of one wheel, which can be held back in the middle. */
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface PackageIndex {
  /** What makes pip use it and nothing else. */
  env: Record<string, string>;
  /** How often the wheel was asked for. */
  downloads(): number;
  /** From now on only the first half of the wheel is sent, until `release`. */
  hold(): void;
  release(): void;
  close(): void;
}

export const pipFrom = (index: string) => ({ PIP_INDEX_URL: index, PIP_FIND_LINKS: "", PIP_CONFIG_FILE: "/dev/null" });

export async function servePackage(name: string, wheel: Buffer): Promise<PackageIndex> {
  let downloads = 0;
  let held: ServerResponse[] | undefined;
  const half = Math.floor(wheel.length / 2);
  const server = createServer((request, response) => {
    if (!request.url?.endsWith(".whl"))
      return response.setHeader("content-type", "text/html").end(`<a href="/files/${name}">${name}</a>`);
    downloads++;
    response.setHeader("content-length", wheel.length).write(wheel.subarray(0, half));
    if (held) held.push(response);
    else response.end(wheel.subarray(half));
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  return {
    env: pipFrom(`http://127.0.0.1:${(server.address() as AddressInfo).port}/simple`),
    downloads: () => downloads,
    hold() {
      held = [];
    },
    release() {
      for (const response of held ?? []) response.end(wheel.subarray(half));
      held = undefined;
    },
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}
