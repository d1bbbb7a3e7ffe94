import { readFile } from "node:fs/promises";
import { expect, it } from "vitest";

interface Locked {
  version: string;
  integrity?: string;
  link?: boolean;
}

it("package-lock.json has the hash of every package, those of other platforms too, and names no registry", async () => {
  const text = await readFile("package-lock.json", "utf8");
  const { packages }: { packages: Record<string, Locked> } = JSON.parse(text);
  const fetched = Object.entries(packages).filter(([path, { link }]) => path.startsWith("node_modules/") && !link);
  expect(fetched.length).toBeGreaterThan(100);
  expect(fetched.filter(([, { integrity }]) => !integrity?.startsWith("sha512-")).map(([path]) => path)).toEqual([]);
  expect(text).not.toContain('"resolved"');
});
