/** In what order Azure makes things: the compiled template says what waits for what. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { findBicep } from "./bicep.ts";

interface Step {
  name: string;
  dependsOn?: string[];
  copy?: { name: string; mode?: string; batchSize?: number };
  properties?: { template?: { resources: Record<string, Step> | Step[] } };
}

type Steps = Record<string, Step>;

const bicep = await findBicep();
const compiled: Steps = bicep ? await steps(bicep) : {};

async function steps(compiler: string): Promise<Steps> {
  const options = { maxBuffer: 64 * 1024 * 1024 };
  const { stdout } = await promisify(execFile)(compiler, ["build", "infra/main.bicep", "--stdout"], options);
  return JSON.parse(stdout).resources;
}

/** Everything that a step waits for, directly or through others. */
function before(all: Steps, name: string): Set<string> {
  const direct = all[name]?.dependsOn ?? [];
  return new Set(direct.flatMap((each) => [each, ...before(all, each)]));
}

/** A loop inside a module. */
const loop = (all: Steps, module: string, name: string) =>
  Object.values(all[module]?.properties?.template?.resources ?? {}).find(({ copy }) => copy?.name === name)?.copy;

/** What is wrong with the order. */
function faults(all: Steps): string[] {
  const waits: [string, string[]][] = [
    // A role takes minutes to have an effect, and has them while PostgreSQL is made.
    ["database", ["artifacts", "hostStorage", "monitoring"]],
    // The server refuses administrators while it is busy with anything else.
    ["administrators", ["database", "databaseEndpoint"]],
    ["app", ["hostStorage", "privateNetwork", "storageEndpoints"]],
    ["settings", ["app"]],
    ["signIn", ["settings"]],
  ];
  const missing = waits.flatMap(([name, others]) =>
    others.filter((other) => !before(all, name).has(other)).map((other) => `${name} does not wait for ${other}`),
  );
  const serial: [string, string][] = [
    ["administrators", "all"],
    ["database", "configurations"],
  ];
  const atOnce = serial.filter(([module, name]) => {
    const copy = loop(all, module, name);
    return copy?.mode?.toLowerCase() !== "serial" || copy.batchSize !== 1;
  });
  return [...missing, ...atOnce.map(([module, name]) => `${module}: ${name} at once`)];
}

const without =
  (name: string, ...others: string[]) =>
  (all: Steps) => {
    all[name]!.dependsOn = all[name]!.dependsOn!.filter((each) => !others.includes(each));
  };

const atOnce = (module: string, name: string) => (all: Steps) => {
  delete loop(all, module, name)!.mode;
};

describe.skipIf(bicep === undefined)("the order of the deployment", () => {
  it("makes roles before the slow server, administrators last, and settings after the app", () => {
    expect(faults(compiled)).toEqual([]);
  });

  it.each<[string, (all: Steps) => void, string]>([
    ["roles beside the server", without("database", "hostStorage"), "database does not wait for hostStorage"],
    [
      "administrators of a busy server",
      without("administrators", "database", "databaseEndpoint"),
      "administrators does not wait for database",
    ],
    ["settings without an app", without("settings", "app"), "settings does not wait for app"],
    ["administrators all at once", atOnce("administrators", "all"), "administrators: all at once"],
    ["configurations all at once", atOnce("database", "configurations"), "database: configurations at once"],
  ])("fails on a broken copy: %s", (_, breakIt, says) => {
    const copy = structuredClone(compiled);
    breakIt(copy);
    expect(faults(copy)).toContain(says);
  });
});
