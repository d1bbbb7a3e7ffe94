import { readFile } from "node:fs/promises";
import { Refusal } from "./refusal.ts";

export const settingsFile = "local.settings.json";

export interface LocalSettings {
  IsEncrypted?: boolean;
  Values?: Record<string, string>;
}

/** Settings by name, as an environment has them. */
export type Settings = Readonly<NodeJS.ProcessEnv>;

/**
 * The settings of the environment, and those of `Values` in local.settings.json that it lacks, as Core Tools has them.
 * @param but values that are left out
 * @throws Refusal for a file that can't be read so
 */
export async function readSettings(but: Record<string, string> = {}): Promise<Settings> {
  const { Values = {} } = parseSettings(await readFile(settingsFile, "utf8").catch(() => "{}"));
  const taken = Object.entries(Values).filter(([name, value]) => value !== but[name]);
  return { ...Object.fromEntries(taken.map(([name, value]) => [name, String(value)])), ...process.env };
}

/**
 * Puts settings into this process's environment, where the app finds them as under the real host, and libraries theirs:
 * those of the Entra identity, libpq's, proxies.
 */
export function putIntoEnvironment(settings: Settings): void {
  for (const [name, value] of Object.entries(settings)) if (value !== undefined) process.env[name] = value;
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
