import { chmod, cp, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, inject, it } from "vitest";
import { aDatabase } from "../support/app.ts";
import { dataDir, post, start, stop } from "./starts.ts";

/** A start of a copy without the page, where only these commands are found. */
async function startWith(name: string, commands: Record<string, string>) {
  const dist = join(dataDir(name), "dist");
  for (const part of ["start.cjs", "main.cjs", "migrations"])
    await cp(join("dist", part), join(dist, part), { recursive: true });
  await cp("host.json", join(dataDir(name), "host.json"));
  const path = join(dataDir(name), "bin");
  await mkdir(path);
  for (const [command, script] of Object.entries(commands)) {
    await writeFile(join(path, command), script);
    await chmod(join(path, command), 0o755);
  }
  const database = await aDatabase();
  const env = {
    PATH: path,
    VIRTUAL_ENV: "",
    MLFLOW_BACKEND_STORE_URI: database.uri,
    AZURE_STORAGE_CONNECTION_STRING: inject("storage"),
  };
  const started = await start([], env, { script: join(dist, "start.cjs") });
  return { started, drop: database.drop };
}

describe("npm start without the page", () => {
  it("serves the API, and says how to get the page where there is no Python", async () => {
    const { started, drop } = await startWith("no-python", {});
    await expect.poll(started.output).toMatch(/No page yet: .* neither python3 nor python was found\. See npm run ui/);
    expect((await post(started.url, "experiments/create", { name: "served" })).status).toBe(200);
    const page = await fetch(`${started.url}/`);
    expect([page.status, await page.text()]).toEqual([200, expect.stringContaining("npm run ui")]);
    await stop(started);
    await drop();
  });

  it("says so where Python has no mlflow", async () => {
    const { started, drop } = await startWith("no-mlflow", { python3: "#!/bin/sh\nexit 0\n" });
    await expect.poll(started.output).toMatch(/No page yet: this Python has no mlflow .*npm run ui/);
    await stop(started);
    await drop();
  });

  it("waits for no Python, neither to answer nor to end", async () => {
    const { started, drop } = await startWith("slow-python", {
      python3: "#!/bin/sh\nexec /usr/bin/tail -f /dev/null\n",
    });
    expect((await post(started.url, "experiments/create", { name: "served" })).status).toBe(200);
    expect(started.output()).not.toMatch(/page is ready|No page yet/);
    expect(await stop(started, "SIGINT")).toBe(0);
    await drop();
  });
});
