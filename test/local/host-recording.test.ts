import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Host, startHost } from "../../local/host/index.ts";
import { bundleApp } from "./bundle-app.ts";
import { comparable, exceptions, expected } from "./comparison.ts";
import { type Recorded, recording, replay } from "./recording.ts";

let folder: string;
let host: Host;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "mlflow-functions-recording-"));
  await writeFile(join(folder, "host.json"), JSON.stringify({ extensions: { http: { routePrefix: "" } } }));
  const entry = join(folder, "dist", "probe.cjs");
  await bundleApp('import "./probe.ts";', entry);
  host = await startHost({ entry, host: "127.0.0.1", port: 0 });
});
afterAll(async () => {
  await host.close();
  await rm(folder, { recursive: true });
});

const named = recording.map((recorded) => {
  const { method, path, headers } = recorded.request;
  return [`${method} ${path.slice(0, 80)} ${JSON.stringify(headers).slice(0, 80)}`, recorded] as const;
});
const isException = (recorded: Recorded) => exceptions.some(({ of }) => of(recorded));

describe("the embedded host answers as the recorded one", () => {
  it.each(named.filter(([, recorded]) => !isException(recorded)))("%s", async (_, recorded) => {
    expect(comparable(await replay(host.port, recorded))).toEqual(expected(recorded));
  });
});

describe("an exception differs, and is needed", () => {
  it.each(exceptions.map((exception) => [exception.why, exception] as const))("%s", async (_, { of }) => {
    const excepted = recording.filter(of);
    expect(excepted.length).toBeGreaterThan(0);
    for (const recorded of excepted)
      expect(comparable(await replay(host.port, recorded))).not.toEqual(expected(recorded));
  });
});
