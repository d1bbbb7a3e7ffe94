import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";

/** What Azure Functions Core Tools publish: a file that a "!" line is the beginning of, or that no other line is. */
async function ships(): Promise<(path: string) => boolean> {
  const lines = (await readFile(".funcignore", "utf8")).split("\n").filter((line) => line && !line.startsWith("#"));
  const begins = (patterns: string[]) => {
    const literals = patterns.map((pattern) =>
      pattern.replace(/[.+?^$()|[\]\\{}/-]/g, "\\$&").replaceAll("*", "([^/]+)"),
    );
    return new RegExp(`^((${literals.join(")|(")}))`);
  };
  const kept = begins(lines.filter((line) => line.startsWith("!")).map((line) => line.slice(1)));
  const left = begins(lines.filter((line) => !line.startsWith("!")));
  return (path) => kept.test(path) || !left.test(path);
}

describe("func azure functionapp publish", () => {
  it("ships the bundle and what it reads", async () => {
    const isShipped = await ships();
    const shipped = [
      "host.json",
      "package.json",
      "dist/main.cjs",
      "dist/migrations/0001_own_schema.sql",
      "dist/ui/index.html",
    ];
    expect(shipped.filter((path) => !isShipped(path))).toEqual([]);
  });

  it("ships nothing else: no tools, no sources, no settings", async () => {
    const isShipped = await ships();
    const kept = [
      "dist/start.cjs",
      "dist/bench.cjs",
      "dist/install-ui.cjs",
      "functions/main.ts",
      "local.settings.json",
      ".data/instance.json",
      "node_modules/pg/package.json",
    ];
    expect(kept.filter(isShipped)).toEqual([]);
  });

  it("has the bundle where package.json says the app is", async () => {
    expect(JSON.parse(await readFile("package.json", "utf8")).main).toBe("dist/main.cjs");
  });
});
