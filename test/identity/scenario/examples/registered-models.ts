import type { Example } from "../example.ts";
import { type ModelType, promptTag, v2 } from "../world.ts";

const tag = { key: "size", value: "large" };
const at = (line: string) => line.replace(" ", ` ${v2}/registered-models/`);
const version = (line: string) => line.replace(" ", ` ${v2}/model-versions/`);

/** The same for a registered model and for a prompt. */
const ofBoth = (make: (type: ModelType, of: string | undefined) => Example[]): Example[] => [
  ...make("registered_model", undefined),
  ...make("prompt", "of a prompt"),
];

const nameOf = (type: ModelType) => (type === "prompt" ? "prompt" : "model");

const models = ofBoth((type, of) => [
  {
    at: at("POST create"),
    of,
    ask: ({ world }) => ({ body: { name: world.unique("created"), tags: type === "prompt" ? [promptTag] : [] } }),
  },
  { at: at("GET get"), of, ask: ({ own }) => ({ query: { name: own[nameOf(type)] } }) },
  { at: at("GET get-latest-versions"), of, ask: ({ own }) => ({ query: { name: own[nameOf(type)] } }) },
  { at: at("POST get-latest-versions"), of, ask: ({ own }) => ({ body: { name: own[nameOf(type)] } }) },
  { at: at("PATCH update"), of, ask: ({ own }) => ({ body: { name: own[nameOf(type)], description: "flowers" } }) },
  {
    at: at("POST rename"),
    of,
    ask: async (it) => ({ body: { name: await it.aModel(type), new_name: it.world.unique("renamed") } }),
  },
  { at: at("DELETE delete"), of, ask: async (it) => ({ body: { name: await it.aModel(type) } }) },
  { at: at("POST set-tag"), of, ask: ({ own }) => ({ body: { name: own[nameOf(type)], ...tag } }) },
  { at: at("DELETE delete-tag"), of, ask: async (it) => ({ body: { name: await it.aModel(type), key: "team" } }) },
  {
    at: at("POST alias"),
    of,
    ask: ({ own, world }) => ({ body: { name: own[nameOf(type)], version: "1", alias: world.unique("alias") } }),
  },
  { at: at("DELETE alias"), of, ask: async (it) => ({ body: { name: await it.aModel(type), alias: "champion" } }) },
  { at: at("GET alias"), of, ask: ({ own }) => ({ query: { name: own[nameOf(type)], alias: "champion" } }) },
]);

const searches: Example[] = [
  { at: at("GET get"), of: "absent", absent: true, ask: ({ world }) => ({ query: { name: world.named("absent") } }) },
  {
    at: at("PATCH update"),
    of: "absent",
    absent: true,
    ask: ({ world }) => ({ body: { name: world.named("absent"), description: "" } }),
  },
  {
    at: at("GET search"),
    shows: { noun: "registered model" },
    ask: ({ world }) => ({ query: { filter: `name LIKE '%${world.word}'`, max_results: "100" } }),
  },
  {
    at: at("GET search"),
    of: "of prompts",
    shows: { noun: "registered model", isPrompt: true },
    ask: ({ world }) => ({
      query: { filter: `name LIKE '%${world.word}' AND tags.\`mlflow.prompt.is_prompt\` = 'true'`, max_results: "100" },
    }),
  },
  {
    at: version("GET search"),
    shows: { noun: "version" },
    ask: ({ world }) => ({ query: { filter: `name LIKE '%${world.word}'`, max_results: "100" } }),
  },
];

const versions = ofBoth((type, of) => [
  {
    at: version("POST create"),
    of,
    ask: ({ own }) => ({ body: { name: own[nameOf(type)], source: "s3://bucket/model" } }),
  },
  { at: version("GET get"), of, ask: ({ own }) => ({ query: { name: own[nameOf(type)], version: "1" } }) },
  { at: version("GET get-download-uri"), of, ask: ({ own }) => ({ query: { name: own[nameOf(type)], version: "1" } }) },
  {
    at: version("PATCH update"),
    of,
    ask: ({ own }) => ({ body: { name: own[nameOf(type)], version: "1", description: "best" } }),
  },
  {
    at: version("POST transition-stage"),
    of,
    ask: ({ own }) => ({
      body: { name: own[nameOf(type)], version: "1", stage: "Production", archive_existing_versions: false },
    }),
  },
  { at: version("DELETE delete"), of, ask: async (it) => ({ body: await it.aVersion(type) }) },
  { at: version("POST set-tag"), of, ask: ({ own }) => ({ body: { name: own[nameOf(type)], version: "1", ...tag } }) },
  {
    at: version("DELETE delete-tag"),
    of,
    ask: async (it) => ({ body: { ...(await it.aVersion(type)), key: "team" } }),
  },
]);

const sources: Example[] = [
  {
    at: version("POST create"),
    of: "from a run",
    ask: ({ own }) => ({ body: { name: own.model, source: `runs:/${own.run}/model`, run_id: own.run } }),
  },
  {
    at: version("POST create"),
    of: "from another's run",
    on: { run: ["other"] },
    ask: ({ own, other }) => ({ body: { name: own.model, source: `runs:/${other.run}/model`, run_id: other.run } }),
  },
  {
    at: version("POST create"),
    of: "from another's logged model",
    on: { "logged model": ["other"] },
    ask: ({ own, other }) => ({
      body: { name: own.model, source: `models:/${other.loggedModel}`, model_id: other.loggedModel },
    }),
  },
  {
    at: version("POST create"),
    of: "from another's model",
    on: { "source model": ["other"] },
    ask: ({ own, other }) => ({ body: { name: own.model, source: `models:/${other.model}/1` } }),
  },
];

export const registeredModels = [...models, ...searches, ...versions, ...sources];
