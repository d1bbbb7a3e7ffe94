/** What the guides tell people to run is there. */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";

const guides = execFileSync(
  "git",
  ["ls-files", "--cached", "--others", "--exclude-standard", "README.md", "docs/*.md"],
  {
    encoding: "utf8",
  },
)
  .trim()
  .split("\n");
const { scripts } = JSON.parse(readFileSync("package.json", "utf8")) as { scripts: Record<string, string> };

/** The scripts whose own `--help` lists their options; others hand them to vitest and the like. */
const helpful = ["start", "services", "migrate", "ui", "grants", "audit", "doctor", "sql", "routes"];

const bundleOf = (script: string) => /node (?:--\S+ )*(dist\/[\w-]+\.cjs)$/.exec(scripts[script] ?? "")?.[1];

describe.each(guides)("%s", (guide) => {
  const text = readFileSync(guide, "utf8");

  it("names only scripts that package.json has", () => {
    const named = [...text.matchAll(/\bnpm run ([\w:]+)/g)].map(([, script]) => script!);
    expect(named.filter((script) => scripts[script] === undefined)).toEqual([]);
  });

  it("names only options that --help lists", () => {
    // A call may go on in the next line, after a backslash.
    const calls = [...text.matchAll(/\bnpm (?:run )?([\w:]+) -- ((?:[^`\n\\#]|\\\n)+)/g)];
    for (const [, script, rest] of calls) {
      if (!helpful.includes(script!)) continue;
      const options = [...rest!.matchAll(/(?:^|\s)(--[a-z][a-z-]*)/g)].map(([, option]) => option!);
      const help = execFileSync(process.execPath, [bundleOf(script!)!, "--help"], { encoding: "utf8" });
      for (const option of options) expect(help, `${script} ${option}`).toContain(`  ${option}`);
    }
  });

  it("links only to files that are there", () => {
    const links = [...text.matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)].map(([, path]) => path!);
    expect(links.filter((path) => !existsSync(join(dirname(guide), path)))).toEqual([]);
  });
});

it("from-a-container.md says of each option of mlflow server what becomes of it", () => {
  const text = readFileSync("docs/from-a-container.md", "utf8");
  const options = [
    ...["--backend-store-uri", "--read-replica-backend-store-uri", "--registry-store-uri", "--default-artifact-root"],
    ...["--serve-artifacts", "--no-serve-artifacts", "--artifacts-only", "--artifacts-presigned-only"],
    ...["--artifacts-destination", "--host", "--port", "--workers", "--static-prefix", "--allowed-hosts"],
    ...["--cors-allowed-origins", "--disable-security-middleware", "--x-frame-options", "--gunicorn-opts"],
    ...["--waitress-opts", "--uvicorn-opts", "--dev", "--expose-prometheus", "--app-name", "--trace-archival-config"],
    ...["--secrets-cache-ttl", "--secrets-cache-max-size", "--workspace-store-uri", "--enable-workspaces"],
    ...["--disable-workspaces"],
  ];
  expect(options.filter((option) => !new RegExp(`\`${option}[\` ]`).test(text))).toEqual([]);
});
