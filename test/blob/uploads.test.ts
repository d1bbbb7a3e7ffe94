import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { attachment, contentType } from "../../shared/artifacts/content.ts";
import { uploadLifetime } from "../../shared/artifacts/multipart.ts";
import {
  blockId,
  formatUploadId,
  maxParts,
  newUploadId,
  parseUploadId,
  partOf,
} from "../../shared/artifacts/upload-id.ts";
import { parseConnectionString } from "../../shared/platform/azure/connection-string.ts";
import { clockSkew, DelegationKeys } from "../../shared/platform/azure/delegation-key.ts";

describe("upload and block ids", () => {
  it("come back as they were", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: maxParts }), fc.nat(), (parts, index) => {
        const id = newUploadId(parts);
        const part = (index % parts) + 1;
        expect(parseUploadId(formatUploadId(id))).toEqual(id);
        const unrecorded = { ...id, unrecorded: true as const };
        expect(parseUploadId(formatUploadId(unrecorded))).toEqual(unrecorded);
        expect(partOf(id, blockId(id, part))).toBe(part);
        expect(Buffer.from(blockId(id, part), "base64")).toHaveLength(18);
      }),
    );
  });

  it("tell uploads apart", () => {
    const [one, other] = [newUploadId(2), newUploadId(2)];
    expect(partOf(other, blockId(one, 1))).toBeUndefined();
    expect(partOf(one, blockId(one, 3))).toBeUndefined();
    expect(partOf(one, Buffer.from("mlflow_block_00001").toString("base64"))).toBeUndefined();
  });

  it.each([
    undefined,
    "",
    "x",
    "AAAAAAAAAAAA",
    "AAAAAAAAAAAA.0",
    "AAAAAAAAAAAA.50001",
    "AAAAAAAAAAA/.1",
    "AAAAAAAAAAAA.1.x",
  ])("refuses the upload id %j", (text) => {
    expect(() => parseUploadId(text)).toThrow(/issued no upload/);
  });
});

describe("uploadLifetime", () => {
  it("grows from an hour to a day", () => {
    expect(uploadLifetime(1)).toBe(3600);
    expect(uploadLifetime(120)).toBe(3600 + 119 * 60);
    expect(uploadLifetime(maxParts)).toBe(86_400);
  });
});

describe("content", () => {
  it.each([
    ["model/MLmodel", "text/plain"],
    ["a/b.yaml", "text/plain"],
    ["x.csv", "text/plain"],
    ["plot.png", "image/png"],
    ["page.html", "text/html"],
    ["model.pkl", "application/octet-stream"],
    ["noending", "application/octet-stream"],
    ["mlproject", "text/plain"],
    ["MLproject", "application/octet-stream"],
    ["MLmodel", "text/plain"],
    ["a.tar.gz", "application/x-tar"],
    ["a.tgz", "application/x-tar"],
    ["a.csv.gz", "text/csv"],
    ["a.gz", "application/octet-stream"],
    ["a.svgz", "image/svg+xml"],
    ["a.wav", "audio/x-wav"],
    ["A.TXT", "text/plain"],
    [".hidden.png", "image/png"],
    [".png", "application/octet-stream"],
    ["a.webp", "image/webp"],
    ["a.", "application/octet-stream"],
  ])("type of %s is %s", async (path, type) => {
    expect(await contentType(path)).toBe(type);
  });

  it.each([
    ["d/a.txt", "attachment; filename=a.txt"],
    ["a b.txt", 'attachment; filename="a b.txt"'],
    ['a"b.txt', "attachment; filename=a_b.txt; filename*=UTF-8''a%22b.txt"],
    ["it's.txt", "attachment; filename=it's.txt"],
    ["100%.txt", "attachment; filename=100_.txt; filename*=UTF-8''100%25.txt"],
    ["ü.txt", "attachment; filename=u.txt; filename*=UTF-8''%C3%BC.txt"],
    ["日本", "attachment; filename=download; filename*=UTF-8''%E6%97%A5%E6%9C%AC"],
  ])("disposition of %s", (path, header) => {
    expect(attachment(path)).toBe(header);
  });

  it.each([
    "／etc／passwd",
    "．．／．．／x",
    "..＼x",
    "‥⁄x",
    "﹨x",
    "a℀b",
    "..%2f..%2fx",
    "%2e%2e%5cx",
    'a"; filename="x',
    "a\\b",
    "a\r\nSet-Cookie: x",
    "‥",
    "．",
  ])("disposition of %j leads to no other folder", (name) => {
    const [, plain, , encoded] =
      /^attachment; filename=(?:"([^"\\]*)"|([!#$&'*+.^`|~\w-]+))(?:; filename\*=UTF-8''((?:%[0-9A-F]{2}|[!#$&+.^_`|~\w-])+))?$/.exec(
        attachment(`d/${name}`),
      ) ?? [];
    const saved = plain ?? /filename=([^;]*)/.exec(attachment(`d/${name}`))![1]!;
    expect(saved).not.toMatch(/[/\\%"]|^\.*$/);
    if (encoded) expect(decodeURIComponent(encoded)).not.toMatch(/[/\\\r\n]/);
    expect(attachment(`d/${name}`)).toMatch(/^[\x20-\x7e]+$/);
  });
});

describe("parseConnectionString", () => {
  it("takes Azure's and Azurite's", () => {
    expect(parseConnectionString("AccountName=team;AccountKey=a2V5PT0=;EndpointSuffix=core.chinacloudapi.cn")).toEqual({
      account: "team",
      key: "a2V5PT0=",
      suffix: "core.chinacloudapi.cn",
      blobUrl: "https://team.blob.core.chinacloudapi.cn",
      tableUrl: "https://team.table.core.chinacloudapi.cn",
    });
    const local = parseConnectionString("AccountName=dev;AccountKey=x;BlobEndpoint=http://127.0.0.1:1/dev/");
    expect(local.blobUrl).toBe("http://127.0.0.1:1/dev");
    expect(parseConnectionString("UseDevelopmentStorage=true").account).toBe("devstoreaccount1");
  });

  it("never shows its value", () => {
    expect(() => parseConnectionString("AccountKey=secret")).toThrow(/^(?!.*secret).*AccountName/);
  });
});

describe("DelegationKeys", () => {
  const keysThat = (fetched: [Date, Date][]) =>
    new DelegationKeys(async (from, until) => {
      fetched.push([from, until]);
      return { signedExpiresOn: until };
    });
  const inHours = (hours: number) => new Date(Date.now() + hours * 3_600_000);

  it("fetches one key for many concurrent callers, valid already for slow clocks", async () => {
    const fetched: [Date, Date][] = [];
    const keys = keysThat(fetched);
    await Promise.all(Array.from({ length: 50 }, () => keys.goodUntil(inHours(24))));
    await keys.goodUntil(inHours(7 * 24));
    expect(fetched).toHaveLength(1);
    const [from, until] = fetched[0]!;
    expect(Date.now() - from.getTime()).toBeGreaterThanOrEqual(clockSkew);
    expect(until.getTime() - from.getTime()).toBe(7 * 24 * 3_600_000);
  });

  it("renews a key that would end before the SAS", async () => {
    let fetched = 0;
    const keys = new DelegationKeys(async () => {
      fetched += 1;
      return { signedExpiresOn: inHours(2) };
    });
    await keys.goodUntil(inHours(1));
    await keys.goodUntil(inHours(1));
    expect(fetched).toBe(1);
    await keys.goodUntil(inHours(3));
    expect(fetched).toBe(2);
  });

  it("forgets a failure", async () => {
    let fail = true;
    const keys = new DelegationKeys(async (_, until) => {
      if (fail) throw new Error("away");
      return { signedExpiresOn: until };
    });
    await expect(keys.goodUntil(inHours(1))).rejects.toThrow("away");
    fail = false;
    await expect(keys.goodUntil(inHours(1))).resolves.toBeDefined();
  });
});
