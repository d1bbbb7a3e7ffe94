import { readdir, readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { appAssertions } from "./app-assertions.ts";
import { complaints, findBicep, type Parameters, snapshots } from "./bicep.ts";
import { databaseAssertions } from "./database-assertions.ts";
import { type Deployment, settingsOf } from "./deployment.ts";
import { networkAssertions } from "./network-assertions.ts";
import { storageAssertions } from "./storage-assertions.ts";

const registration = "33333333-3333-3333-3333-333333333333";

/** Each level with and without an app registration, and one with what the defaults leave out. */
const variants: Record<string, Parameters> = {
  public: { network: "public" },
  "public, with sign-in": { network: "public", signInClientId: registration },
  database: { network: "database" },
  "database, with sign-in": { network: "database", signInClientId: registration },
  private: { network: "private" },
  "private, with sign-in": { network: "private", signInClientId: registration },
  "private, with every option": {
    network: "private",
    signInClientId: registration,
    databaseTier: "GeneralPurpose",
    databaseSku: "Standard_D2ds_v5",
    databaseAdministrators: [
      { objectId: "44444444-4444-4444-4444-444444444444", name: "dba@example.com", type: "User" },
    ],
    corsOrigins: ["https://mlflow.example.com"],
    alertEmail: "team@example.com",
    alwaysReady: 2,
    deleteLocks: true,
    extraSettings: { MLFLOW_FUNCTIONS_AUTH: "none", MLFLOW_FUNCTIONS_ENTRA_DEFAULT_ROLE: "Reader" },
  },
};

const assertions = [...storageAssertions, ...databaseAssertions, ...networkAssertions, ...appAssertions];

const bicep = await findBicep();
const evaluated = bicep === undefined ? [] : await snapshots(bicep, Object.values(variants));
const deployments = Object.entries(variants).flatMap(([name, parameters], at): [string, Deployment][] =>
  evaluated[at] === undefined ? [] : [[name, { parameters, resources: evaluated[at] }]],
);

const fails = (check: () => void): boolean => {
  try {
    check();
    return false;
  } catch (error) {
    if ((error as Error).name !== "AssertionError") throw error;
    return true;
  }
};

// Without a compiler there is nothing to test: `az bicep install` puts one where it is found.
describe.skipIf(bicep === undefined)(`infra, by ${bicep ?? "no Bicep compiler: az bicep install"}`, () => {
  it("compiles without a warning", async () => {
    expect(await complaints(bicep!, "infra/main.bicep")).toBe("");
  });

  it("has no file that is not used", async () => {
    const files = (await readdir("infra")).filter((name) => name.endsWith(".bicep") && name !== "main.bicep");
    const texts = await Promise.all(["main.bicep", ...files].map((name) => readFile(`infra/${name}`, "utf8")));
    expect(files.filter((name) => !texts.some((text) => text.includes(`'${name}'`)))).toEqual([]);
  });

  describe.each(assertions)("$name", ({ holds, broken }) => {
    it.each(deployments)("%s", (_, deployment) => holds(deployment));

    it.each(Object.entries(broken))("fails on a broken copy: %s", (_, breakIt) => {
      const copies = deployments.map(([, deployment]) => structuredClone(deployment));
      for (const copy of copies) breakIt(copy);
      expect(copies.some((copy) => fails(() => holds(copy)))).toBe(true);
    });
  });

  it("extra settings stay beside the deployment's own, and replace none", () => {
    const [, last] = deployments.at(-1)!;
    const settings = last.resources.find(({ name }) => name.endsWith("/appsettings"))?.properties;
    expect(settings).toMatchObject({
      MLFLOW_FUNCTIONS_AUTH: "entra,easyauth",
      MLFLOW_FUNCTIONS_ENTRA_DEFAULT_ROLE: "Reader",
    });
  });

  // test/acceptance starts the app with this copy, also where there is no compiler. `-u` writes it anew.
  it("writes the settings that the acceptance test starts the app with", async () => {
    const [, deployment] = deployments.find(([name]) => name === "public, with sign-in")!;
    const settings = Object.entries(settingsOf(deployment)).sort(([one], [other]) => (one < other ? -1 : 1));
    const text = `${JSON.stringify(Object.fromEntries(settings), undefined, 2)}\n`;
    await expect(text).toMatchFileSnapshot("app-settings.json");
  });

  it("leaves nothing unresolved that is asserted on", () => {
    const text = JSON.stringify(deployments.map(([, { resources }]) => resources.map((each) => each.properties)));
    expect([...text.matchAll(/"\[[a-z]\w*\([^"]*"/g)].map(String)).toEqual([]);
  });
});
