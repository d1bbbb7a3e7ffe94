import type { z } from "zod";
import { parseInteger } from "../../shared/mlflow/python-text.ts";
import type { Context } from "../../shared/platform/http/route.ts";
import { traceErrors } from "../../shared/traces/errors.ts";
import * as store from "../../shared/traces/links.ts";
import { checkLinkable, checkLinks } from "../../shared/traces/rules.ts";
import type { LinkPrompts, LinkToRun } from "./schemas.ts";

export async function linkToRun({ trace_ids, run_id }: z.output<typeof LinkToRun>, { db }: Context) {
  checkLinks(trace_ids, run_id);
  await store.linkToRun(db, trace_ids, run_id);
  return {};
}

export async function linkPrompts({ trace_id, prompt_versions }: z.output<typeof LinkPrompts>, { db }: Context) {
  const versions = prompt_versions.map(promptVersion);
  if (versions.length > 0) await store.linkPrompts(db, trace_id, versions);
  return {};
}

function promptVersion({ name = "", version = "" }: z.output<typeof LinkPrompts>["prompt_versions"][number]): string {
  const number = parseInteger(version);
  if (number === undefined) throw traceErrors.notAVersion(version);
  const id = `${name}/${number}`;
  checkLinkable("prompt_versions", id);
  return id;
}
