/** The Bicep compiler, and what it works out of `infra/` without Azure. */
import { execFile } from "node:child_process";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { resolve } from "./resolve.ts";

const run = promisify(execFile);

/** A resource as the deployment would create it, with plain values wherever they are known before it exists. */
export interface Resource {
  id: string;
  type: string;
  name: string;
  [key: string]: unknown;
}

export interface Parameters {
  network: "public" | "database" | "private";
  signInClientId?: string;
  [name: string]: unknown;
}

const subscription = "11111111-1111-1111-1111-111111111111";
export const tenant = "22222222-2222-2222-2222-222222222222";

const places = [join("..", "shared", "bin", "bicep"), "bicep", join(homedir(), ".azure", "bin", "bicep")];

/** The first compiler that runs: beside the tree, on PATH, or that of `az bicep`; undefined where there is none. */
export async function findBicep(): Promise<string | undefined> {
  for (const place of places) {
    const works = await run(place, ["--version"]).then(
      () => true,
      () => false,
    );
    if (works) return place;
  }
  return undefined;
}

/** Everything the compiler and its linter say of a file: nothing, if all is well. */
export async function complaints(bicep: string, file: string): Promise<string> {
  const { stderr } = await run(bicep, ["build", file, "--stdout"], { maxBuffer: 64 * 1024 * 1024 });
  return stderr;
}

/**
 * What deployments with these parameters would create, each in a resource group of its own. One process evaluates all
 * of them: most of its time is its start.
 */
export async function snapshots(bicep: string, deployments: Parameters[]): Promise<Resource[][]> {
  const directory = await mkdtemp(join(tmpdir(), "mlflow-infra-"));
  try {
    await cp("infra", directory, { recursive: true });
    await writeFile(join(directory, "all.bicep"), deployments.map(asModule).join(""));
    await writeFile(join(directory, "all.bicepparam"), "using 'all.bicep'\n");
    const where = ["--subscription-id", subscription, "--tenant-id", tenant, "--resource-group", "all"];
    const args = ["snapshot", join(directory, "all.bicepparam"), "--mode", "overwrite", ...where];
    await run(bicep, [...args, "--location", "westeurope"]);
    const { predictedResources } = JSON.parse(await readFile(join(directory, "all.snapshot.json"), "utf8"));
    return deployments.map((_, at) => (resolve(predictedResources) as Resource[]).filter(({ id }) => isIn(at, id)));
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

const isIn = (at: number, id: string) => new RegExp(`\\brg-${at}\\b`).test(id);

const asModule = (parameters: Parameters, at: number) => `module m${at} 'main.bicep' = {
  scope: resourceGroup('rg-${at}')
  params: ${literal({ environmentName: "test", location: "westeurope", ...parameters })}
}
`;

function literal(value: unknown): string {
  if (typeof value === "string") return `'${value}'`;
  if (Array.isArray(value)) return `[${value.map(literal).join(", ")}]`;
  if (typeof value !== "object" || value === null) return String(value);
  return `{ ${Object.entries(value)
    .map(([name, each]) => `${name}: ${literal(each)}`)
    .join(", ")} }`;
}
