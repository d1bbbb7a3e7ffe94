import type { z } from "zod";
import { refuseHostAddressed } from "../../shared/artifacts/uri.ts";
import type { KeyValue } from "../../shared/mlflow/rules.ts";
import { noteVersion } from "../../shared/model-versions/sources.ts";
import * as store from "../../shared/model-versions/store.ts";
import { invalid } from "../../shared/platform/errors.ts";
import type { Context } from "../../shared/platform/http/route.ts";
import { shown } from "../../shared/platform/shown.ts";
import { isPrompt } from "../../shared/registered-models/prompts.ts";
import { checkModelName, checkRegistryTag } from "../../shared/registered-models/rules.ts";
import type { CreateModelVersion } from "./schemas.ts";
import { type ResolvedSource, resolveSource } from "./source.ts";

type Input = z.output<typeof CreateModelVersion>;

// What clients give as the source of a prompt, which has no files.
const promptSources = new Set(["dummy-source", "prompt-template"]);
const maxTagValue = 100_000;

export async function createModelVersion(input: Input, { db, config, facts }: Context) {
  checkModelName(input.name);
  const { tags } = input;
  for (const tag of tags) checkVersionTag(tag);
  const { source, storageLocation, runId, modelId } = await sourceOf(input, tags, { db, config, facts });
  const created = await store.createModelVersion(db, {
    name: input.name,
    source,
    storageLocation,
    runId: runId ?? "",
    runLink: input.run_link ?? "",
    description: input.description ?? "",
    tags,
  });
  if (modelId) await noteVersion(db, modelId, input.name, created.version);
  return created.answer;
}

export function checkVersionTag(tag: KeyValue): void {
  if (tag.key === "mlflow.prompt.text" && tag.value.length > maxTagValue)
    throw invalid(`Prompt text exceeds max length of ${maxTagValue} characters.`);
  checkRegistryTag(tag);
}

async function sourceOf(
  input: Input,
  tags: KeyValue[],
  { db, config, facts }: Pick<Context, "db" | "config" | "facts">,
): Promise<ResolvedSource> {
  const { source, run_id: runId, model_id: modelId } = input;
  if (!isPrompt(tags)) {
    refuseHostAddressed(source, "source");
    return resolveSource({ source, runId, modelId }, { db, config, facts });
  }
  if (!promptSources.has(source))
    throw invalid(`Invalid prompt source: '${shown(source)}'. Prompt sources must use an MLflow placeholder.`);
  return { source, storageLocation: source, runId, modelId: undefined };
}
