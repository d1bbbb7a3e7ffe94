import { existsSync, readFileSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { dirname, join, normalize } from "node:path";
import { expect, it } from "vitest";

const guides = (await readdir("docs")).filter((name) => name.endsWith(".md")).map((name) => join("docs", name));
const files = [...(await readdir(".")).filter((name) => name.endsWith(".md")), ...guides];

const withoutCode = (text: string) => text.replaceAll(/^```.*?^```$/gms, "").replaceAll(/`[^`\n]*`/g, "");

/** Where the Markdown of a file leads: its links, images and references. */
function targets(text: string): string[] {
  const inline = withoutCode(text).matchAll(/\]\(([^()\s]+)\)/g);
  const references = withoutCode(text).matchAll(/^\[[^\]]+\]: (\S+)$/gm);
  return [...inline, ...references].map(([, target]) => target!);
}

/** The anchors that GitHub gives a file's headings, and those that it names itself. */
function anchors(text: string): string[] {
  const headings = [...text.replaceAll(/^```.*?^```$/gms, "").matchAll(/^#+ (.+)$/gm)].map(([, heading]) =>
    heading!
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, "")
      .replaceAll(" ", "-"),
  );
  return [...headings, ...[...text.matchAll(/<a id="([^"]+)">/g)].map(([, id]) => id!)];
}

function isBroken(file: string, target: string): boolean {
  const [path = "", anchor] = target.split("#");
  const place = path === "" ? file : normalize(join(dirname(file), path));
  if (!existsSync(place)) return true;
  return anchor !== undefined && !anchors(readFileSync(place, "utf8")).includes(anchor);
}

const broken = (file: string, text: string) =>
  targets(text).filter((target) => !/^[a-z]+:/.test(target) && isBroken(file, target));

it.each(files)("the links of %s lead to files and headings that are there", (file) => {
  expect(broken(file, readFileSync(file, "utf8"))).toEqual([]);
});

it("finds links to what is not there", () => {
  const text = [
    "[a](docs/nowhere.md) [b](README.md#nothing) ![c](docs/images/none.png) [d][d] `[e](no-link.md)`",
    "[f](https://example.com/x) [g](docs/deploy.md#who-can-reach-what) [h](README.md#settings)",
    "",
    "[d]: none.md",
  ].join("\n");
  const wrong = ["docs/nowhere.md", "README.md#nothing", "docs/images/none.png", "none.md"];
  expect(broken("README.md", text)).toEqual(wrong);
});

it("README leads to every guide, at most by another one", () => {
  const linked = (file: string) =>
    targets(readFileSync(file, "utf8")).map((target) => normalize(join(dirname(file), target.split("#")[0]!)));
  const first = linked("README.md");
  const second = guides.filter((guide) => first.includes(guide)).flatMap(linked);
  expect(guides.filter((guide) => ![...first, ...second].includes(guide))).toEqual([]);
});
