import { describe, expect, it } from "vitest";
import { parsePage } from "../../shared/artifacts/list-blobs.ts";

const page = (entries: string, marker = "<NextMarker/>") =>
  `<?xml version="1.0" encoding="utf-8"?><EnumerationResults ServiceEndpoint="https://a/" ContainerName="c"><Prefix>x/</Prefix><Blobs>${entries}</Blobs>${marker}</EnumerationResults>`;
const blob = (name: string, size: number, more = "") =>
  `<Blob>${name}<Properties><Etag>0x8</Etag><Content-Length>${size}</Content-Length><BlobType>BlockBlob</BlobType>${more}</Properties><Metadata /></Blob>`;

describe("parsePage", () => {
  it("finds names, sizes and folders", () => {
    const entries = [
      blob("<Name>x/a.txt</Name>", 12),
      "<BlobPrefix><Name>x/b</Name></BlobPrefix>".replace("x/b", "x/b/"),
      blob("<Name>x/&lt;a&gt; &amp;amp; &#x1F600; &#233; &quot;&apos;</Name>", 0),
      blob('<Name Encoded="true">x/a%EF%BF%BEb%2F%25</Name>', 3),
      blob("<Name>x/dir</Name>", 0).replace("<Metadata />", "<Metadata><hdi_isfolder>true</hdi_isfolder></Metadata>"),
      blob("<Name>x/dir2</Name>", 0, "<ResourceType>directory</ResourceType>"),
      blob("<Name>x/full</Name>", 5).replace("<Metadata />", "<Metadata><hdi_isfolder>true</hdi_isfolder></Metadata>"),
    ];
    expect(parsePage(page(entries.join(""), "<NextMarker>2!a&amp;b</NextMarker>"))).toEqual({
      blobs: [
        { name: "x/a.txt", isDir: false, size: 12 },
        { name: "x/b", isDir: true, size: 0 },
        { name: `x/<a> &amp; 😀 é "'`, isDir: false, size: 0 },
        { name: "x/a\ufffeb/%", isDir: false, size: 3 },
        { name: "x/dir", isDir: true, size: 0 },
        { name: "x/dir2", isDir: true, size: 0 },
        { name: "x/full", isDir: false, size: 5 },
      ],
      next: "2!a&b",
    });
  });

  it.each([page(""), page("").replace("<Blobs></Blobs>", "<Blobs />"), ""])("finds nothing in %s", (xml) => {
    expect(parsePage(xml)).toEqual({ blobs: [], next: "" });
  });
});
