/** Opens what a person names as the source. */
import { stat } from "node:fs/promises";
import { Refusal } from "../../shared/tools/refusal.ts";
import { openFolder } from "./folder/source.ts";
import { openServer } from "./server/source.ts";
import type { Source } from "./source.ts";
import { openSqlite } from "./sqlite.ts";

/**
 * The source that a text names.
 * @param folders further folders with artifacts
 * @throws Refusal for what is none
 */
export async function openSource(text: string, folders: readonly string[]): Promise<Source> {
  if (/^https?:\/\//i.test(text)) return openServer(text, process.env);
  const [, path = text] = /^sqlite:\/\/\/(.+)$/.exec(text) ?? [];
  const found = await stat(path).catch(() => undefined);
  if (!found) throw new Refusal(`There is no ${path}.`);
  if (found.isFile()) return openSqlite(path, folders);
  return openFolder(path, folders);
}
