/** What every hook of azd has: how it talks, waits and stops. Hooks need Node alone, no package and no shell. */
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

/** The folder of azure.yaml: azd runs hooks in the hook's own folder, or wherever `dir` says. */
export const root = fileURLToPath(new URL("../../..", import.meta.url));

/** What a person has to read before azd goes on. Its message is printed as it is. */
export class Stop extends Error {}

export const say = (text) => console.log(text);

/** Runs a hook. azd stops where it exits with another code than 0. */
export async function hook(work) {
  try {
    await work();
  } catch (error) {
    console.error(error instanceof Stop ? `\n${error.message}\n` : error);
    process.exitCode = 1;
  }
}

/** The value of an azd environment variable, which hooks get as variables; undefined where it is empty. */
export const value = (name) => process.env[name]?.trim() || undefined;

/** @throws Stop with the command that sets it */
export function required(name, meaning) {
  const found = value(name);
  if (!found) throw new Stop(`${name} is not set: ${meaning}. Set it with: azd env set ${name} <value>`);
  return found;
}

/** How long to wait between two looks. A variable of the tests, which have no minutes. */
export const pauseMs = Number(process.env.MLFLOW_TEST_PAUSE_MS ?? 5000);

/**
 * Looks again and again until there is nothing left to wait for, and says what it waits for.
 * @param look what is still awaited, in words; undefined when it is there
 * @param seconds how long to wait
 * @throws Stop with what was awaited last
 */
export async function waitUntil(title, look, seconds) {
  const started = Date.now();
  const waited = () => Math.round((Date.now() - started) / 1000);
  for (let [said, saidAt] = ["", 0]; ; ) {
    const awaited = await look();
    if (awaited === undefined) return;
    if (waited() >= seconds) throw new Stop(`${title}: given up after ${waited()} s. ${awaited}`);
    if (awaited !== said || Date.now() - saidAt > 30_000) {
      say(`  ${title} (${waited()} s): ${awaited}`);
      [said, saidAt] = [awaited, Date.now()];
    }
    await sleep(pauseMs);
  }
}

/** A limit in seconds that an azd environment variable may change. */
export function patience(name, fallback) {
  const seconds = Number(value(name) ?? fallback);
  if (!(seconds >= 0)) throw new Stop(`${name} must be a number of seconds.`);
  return seconds;
}
