import { readFile } from "node:fs/promises";
import { Refusal } from "./refusal.ts";

interface LocalSettings {
  IsEncrypted?: boolean;
  Values?: Record<string, string>;
}

/**
 * Takes `Values` of local.settings.json into the environment, as Core Tools does; what is there already goes first.
 * @throws Refusal for a file that can't be read so
 */
export async function readLocalSettings(): Promise<void> {
  const text = await readFile("local.settings.json", "utf8").catch(() => "{}");
  const { IsEncrypted, Values = {} } = parse(text);
  if (IsEncrypted) throw new Refusal("local.settings.json is encrypted: run `func settings decrypt` first.");
  for (const [name, value] of Object.entries(Values)) process.env[name] ??= String(value);
}

function parse(text: string): LocalSettings {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ""));
  } catch (error) {
    throw new Refusal(`local.settings.json is no JSON: ${(error as Error).message}.`);
  }
}
