import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { unhitRoutes } from "./hits.ts";

/**
 * Fails a run of all test files where a served route was called by none of them. Runs of some files are not measured.
 */
export default async function setup(project: TestProject) {
  const folder = await mkdtemp(join(tmpdir(), "mlflow-functions-hits-"));
  project.provide("hits", folder);
  return async () => {
    const unhit = (await isWhole(project)) ? unhitRoutes(folder) : [];
    await rm(folder, { recursive: true, force: true });
    if (unhit.length === 0) return;
    process.exitCode = 1;
    console.error(`No test calls these routes with success:\n${unhit.map((route) => `  ${route}`).join("\n")}`);
  };
}

async function isWhole({ vitest }: TestProject): Promise<boolean> {
  if (vitest.config.testNamePattern || vitest.config.project.length > 0) return false;
  const ran = new Set(vitest.state.getFiles().map(({ filepath }) => filepath));
  return (await vitest.globTestSpecifications()).every(({ moduleId }) => ran.has(moduleId));
}
