import type { z } from "zod";
import type { StoredLocation } from "../../shared/artifacts/artifact.ts";
import { artifactPath, joinPath } from "../../shared/artifacts/paths.ts";
import { sendStored } from "../../shared/artifacts/send.ts";
import { runLocation } from "../../shared/artifacts/store.ts";
import { splitUri } from "../../shared/artifacts/uri.ts";
import { getDownloadUri } from "../../shared/model-versions/store.ts";
import type { Db } from "../../shared/platform/db/database.ts";
import { invalid } from "../../shared/platform/errors.ts";
import type { Context } from "../../shared/platform/http/route.ts";
import { checkModelName, parseVersion } from "../../shared/registered-models/rules.ts";
import type { VersionFile } from "./schemas.ts";

export async function getVersionFile(input: z.output<typeof VersionFile>, context: Context) {
  const { name = "", version = "" } = input;
  const path = artifactPath(input.path);
  checkModelName(name);
  const source = await getDownloadUri(context.db, name, parseVersion(version));
  const located = await locate(context.db, source, path);
  return sendStored(context, located.location, located.path, { presigned: input.presigned === "true" });
}

/** Follows a `runs:/<id>/path` source to the run's root. */
async function locate(db: Db, source: string, path: string): Promise<{ location: StoredLocation; path: string }> {
  const { scheme, authority, path: named } = splitUri(source);
  const [, runId, folder = ""] = /^\/+([^/]+)(?:\/(.*))?$/s.exec(named) ?? [];
  if (scheme !== "runs" || !runId) return { location: { uri: source }, path };
  if (authority) throw invalid("Run artifact sources cannot include a host.");
  return { location: await runLocation(db, runId), path: joinPath(artifactPath(folder), path) };
}
