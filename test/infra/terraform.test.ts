import { describe, expect, it } from "vitest";
import { findBicep, type Parameters, snapshots } from "./bicep.ts";
import type { Deployment } from "./deployment.ts";
import { terraformGuide } from "./terraform.ts";

const bicep = await findBicep();
const registration = "33333333-3333-3333-3333-333333333333";
const levels = ["public", "database", "private"] as const;

const all = levels.map((network): Parameters => ({ network, signInClientId: registration }));
const evaluated = bicep === undefined ? [] : await snapshots(bicep, all);

describe.skipIf(bicep === undefined)("docs/terraform.md", () => {
  it("lists what infra/ creates", async () => {
    const deployments = levels.map((level, at): [string, Deployment] => [
      level,
      { parameters: all[at]!, resources: evaluated[at]! },
    ]);
    const guide = terraformGuide(Object.fromEntries(deployments), registration);
    await expect(guide).toMatchFileSnapshot("../../docs/terraform.md");
  });
});
