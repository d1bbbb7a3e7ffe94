import { readdir, readFile } from "node:fs/promises";
import { Ajv2019 } from "ajv/dist/2019.js";
import { expect, it } from "vitest";
import { parse } from "yaml";

const read = async (file: string) => JSON.parse(await readFile(file, "utf8"));

const ours = async () => parse(await readFile("azure.yaml", "utf8"));

/** What the schema of azd says of a document: nothing, if all is well. */
async function complaints(document: unknown) {
  const schema = await read("test/contract/azure-yaml-1.0.json");
  // azd's schema annotates with words of its own, which no validator knows.
  const ajv = new Ajv2019({ strict: false, validateFormats: false });
  // Those of extensions to azd are elsewhere, and no service of ours is one of them.
  const elsewhere = [...JSON.stringify(schema).matchAll(/"\$ref":"(https:[^"#]*)/g)].map(([, address]) => address!);
  for (const address of new Set(elsewhere)) ajv.addSchema({}, address);
  const validate = ajv.compile(schema);
  validate(document);
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
}

it("azure.yaml is what azd's schema describes", async () => {
  expect(await complaints(await ours())).toEqual([]);
});

it.each([
  ["no name", { name: undefined }],
  ["a service without a host", { services: { app: { project: ".", language: "custom", dist: "." } } }],
  ["a hook that azd does not know", { hooks: { beforeup: { run: "x" } } }],
  ["dist that is no path", { services: { app: { host: "function", project: ".", dist: 1 } } }],
])("a broken copy is refused: %s", async (_, change) => {
  expect(await complaints(JSON.parse(JSON.stringify({ ...(await ours()), ...change })))).not.toEqual([]);
});

it("each hook is one JavaScript file that is there, for every system, and each file is a hook", async () => {
  const { hooks, services } = await ours();
  const all = Object.values({ ...hooks, ...services.app.hooks }) as { run: string; kind: string; shell?: string }[];
  for (const hook of all)
    expect([hook.kind, hook.shell, "windows" in hook, "posix" in hook]).toEqual(["js", undefined, false, false]);
  const files = (await readdir("infra/hooks")).filter((name) => name.endsWith(".mjs"));
  expect(all.map(({ run }) => run).toSorted()).toEqual(files.map((name) => `infra/hooks/${name}`).toSorted());
});

it("hooks need Node alone: they import its own modules and each other", async () => {
  const folders = ["infra/hooks", "infra/hooks/lib"];
  const names = await Promise.all(folders.map(async (at) => (await readdir(at)).map((name) => `${at}/${name}`)));
  const texts = await Promise.all(
    names
      .flat()
      .filter((name) => name.endsWith(".mjs"))
      .map((name) => readFile(name, "utf8")),
  );
  const imported = texts.flatMap((text) => [...text.matchAll(/ from "([^"]+)"/g)].map(([, from]) => from!));
  expect(imported.filter((from) => !/^(node:|\.\/)/.test(from))).toEqual([]);
  expect(imported.length).toBeGreaterThan(10);
});

it("azd finds the app by the name of its service", async () => {
  const { services } = await ours();
  const app = await readFile("infra/app.bicep", "utf8");
  expect(Object.keys(services).map((name) => app.includes(`'azd-service-name': '${name}'`))).toEqual([true]);
});

it("main.parameters.json sets parameters that there are, with the default of main.bicep where one is given", async () => {
  const { parameters }: { parameters: Record<string, { value: string }> } = await read("infra/main.parameters.json");
  const main = await readFile("infra/main.bicep", "utf8");
  for (const [name, { value }] of Object.entries(parameters)) {
    const [, fallback] = /^\$\{\w+(?:=(.*))?\}$/.exec(value) ?? [];
    const declared = new RegExp(`^param ${name} (string|bool)( = (.*))?$`, "m").exec(main);
    expect(declared, name).not.toBe(null);
    // azd makes a bool of its text.
    const literal = declared?.[1] === "bool" ? fallback : `'${fallback}'`;
    if (fallback !== undefined) expect(declared?.[3], name).toBe(literal);
  }
});

it("the host sends the telemetry of requests, which an alert reads", async () => {
  const { logLevel } = (await read("host.json")).logging;
  expect(logLevel["Host.Results"]).toBe("Information");
});

it("the host keeps what the app says outside of requests, as the audit log's counts", async () => {
  const { logLevel } = (await read("host.json")).logging;
  expect(logLevel["Host.Function.Console"]).toBe("Information");
});
