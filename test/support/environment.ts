import { afterEach, beforeEach } from "vitest";

/** Has no test of a file find what the apps of others wrote into the environment. */
export function keepEnvironment(): void {
  let before: NodeJS.ProcessEnv = {};
  beforeEach(() => {
    before = { ...process.env };
  });
  afterEach(() => {
    for (const name of Object.keys(process.env)) if (!(name in before)) delete process.env[name];
    Object.assign(process.env, before);
  });
}
