import { readFile } from "node:fs/promises";
import { Refusal } from "./refusal.ts";

export const settingsFile = "local.settings.json";

export interface LocalSettings {
  IsEncrypted?: boolean;
  Values?: Record<string, string>;
}

/**
 * Takes `Values` of local.settings.json into the environment, as Core Tools does; what is there already goes first.
 * @param but values that are left out
 * @throws Refusal for a file that can't be read so
 */
export async function readLocalSettings(but: Record<string, string> = {}): Promise<void> {
  const { Values = {} } = parseSettings(await readFile(settingsFile, "utf8").catch(() => "{}"));
  for (const [name, value] of Object.entries(Values)) if (value !== but[name]) process.env[name] ??= String(value);
}

/** @throws Refusal for what is no JSON or is encrypted */
export function parseSettings(text: string): LocalSettings {
  const settings = parse(text);
  if (settings.IsEncrypted) throw new Refusal(`${settingsFile} is encrypted: run \`func settings decrypt\` first.`);
  return settings;
}

function parse(text: string): LocalSettings {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ""));
  } catch (error) {
    throw new Refusal(`${settingsFile} is no JSON: ${(error as Error).message}.`);
  }
}
