import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";

/** The texts of the refusals in `source`, with `{}` for what is filled in. */
const refusalsIn = (source: string) =>
  [...source.matchAll(/\b(?:invalid|missing|MlflowError)\(\s*(?:"[A-Z_]+",\s*)?(`[^`]*`|"(?![A-Z_]+")[^"\n]*")/g)].map(
    ([, text]) => text!.slice(1, -1).replace(/\$\{[^}]*\}/g, "{}"),
  );

it("each text of a refusal stands in one place", async () => {
  const places = new Map<string, string[]>();
  for (const folder of ["shared", "functions"])
    for (const path of await readdir(folder, { recursive: true })) {
      if (!path.endsWith(".ts")) continue;
      for (const text of refusalsIn(await readFile(join(folder, path), "utf8")))
        places.set(text, [...(places.get(text) ?? []), join(folder, path)]);
    }
  expect(places.size).toBeGreaterThan(100);
  expect([...places].filter(([, files]) => files.length > 1)).toEqual([]);
});
