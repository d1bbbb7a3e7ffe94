import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bundleApp } from "../local/bundle-app.ts";
import { comparable, exceptions, expected } from "../local/comparison.ts";
import { type Recorded, recording, replay } from "../local/recording.ts";
import { type RealHost, startBundle } from "./real-host.ts";

/** Without what is undefined. */
const said = (answer: object) => JSON.parse(JSON.stringify(answer));

let folder: string;
let host: RealHost;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "mlflow-functions-replay-"));
  const bundle = join(folder, "probe.cjs");
  await bundleApp('import "./probe.ts";', bundle);
  host = await startBundle(bundle, { extensions: { http: { routePrefix: "" } } }, "/only/get");
});
afterAll(async () => {
  await host?.stop();
  await rm(folder, { recursive: true, force: true });
});

describe("the host", () => {
  it("answers every recorded request as it was recorded", async () => {
    const differing: { recorded: Recorded; answer: unknown; wanted: unknown }[] = [];
    for (const recorded of recording) {
      const answer = await replay(host.port, recorded).then(comparable, (error: Error) => ({ error: error.message }));
      const wanted = expected(recorded);
      if (!isDeepStrictEqual(said(answer), said(wanted))) differing.push({ recorded, answer, wanted });
    }
    console.log(`The recording: ${recording.length - differing.length} of ${recording.length} requests alike.`);
    const unexplained = differing.filter(({ recorded }) => !exceptions.some(({ of }) => of(recorded)));
    expect(unexplained).toEqual([]);
  });
});
