import { randomUUID } from "node:crypto";
import { BlobServiceClient } from "@azure/storage-blob";
import { beforeAll, describe, expect, inject, it } from "vitest";
import { isFolder, listFolder } from "../../shared/artifacts/list.ts";
import { BlobStorage } from "../../shared/platform/azure/blobs.ts";
import { parseConnectionString } from "../../shared/platform/azure/connection-string.ts";
import { parseConfig } from "../../shared/platform/config.ts";

const container = randomUUID();
const blobs = new BlobStorage(parseConfig({ AZURE_STORAGE_CONNECTION_STRING: inject("storage") }));
const { account, suffix } = parseConnectionString(inject("storage"));
const root = { account, suffix, container, prefix: "root" };
const files: [name: string, content: string][] = [
  ["a", "1"],
  ["a-b", "22"],
  ["a/x", "1"],
  ["a.txt", "333"],
  ["empty", ""],
  ["😀", "1"],
  ["\uff5e", "1"],
  ["<&>'\" %41", "1"],
];

beforeAll(async () => {
  const client = BlobServiceClient.fromConnectionString(inject("storage")).getContainerClient(container);
  await client.create();
  for (const [name, content] of files) await client.getBlockBlobClient(`root/${name}`).upload(content, content.length);
});

describe("listFolder", () => {
  it("has folders and files in Python's order of names, sizes but for empty files, and paths below a folder", async () => {
    expect(JSON.parse((await listFolder(blobs, root, "", "shown"))!)).toEqual([
      { path: "shown/<&>'\" %41", is_dir: false, file_size: 1 },
      { path: "shown/a", is_dir: true },
      { path: "shown/a", is_dir: false, file_size: 1 },
      { path: "shown/a-b", is_dir: false, file_size: 2 },
      { path: "shown/a.txt", is_dir: false, file_size: 3 },
      { path: "shown/empty", is_dir: false },
      { path: "shown/\uff5e", is_dir: false, file_size: 1 },
      { path: "shown/😀", is_dir: false, file_size: 1 },
    ]);
    expect(await listFolder(blobs, root, "a", "")).toBe('[{"path":"x","is_dir":false,"file_size":1}]');
  });

  it.each(["a.txt", "nothing"])("has nothing of %s", async (path) => {
    expect(await listFolder(blobs, root, path, "")).toBeUndefined();
  });

  it("has nothing of a container that is missing", async () => {
    expect(await listFolder(blobs, { ...root, container: randomUUID() }, "", "")).toBeUndefined();
  });
});

describe("isFolder", () => {
  it.each([
    ["root/a", true],
    ["root/a.txt", false],
    ["root/nothing", false],
  ])("of %s is %s", async (name, expected) => {
    expect(await isFolder(blobs, { root, name })).toBe(expected);
  });
});
