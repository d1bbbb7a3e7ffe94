import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { experimentOf, type SignedIn, signedInApp } from "../identity/signed-in.ts";
import type { App } from "../support/app.ts";
import { python } from "./python.ts";

let app: App;
let alice: SignedIn;
let close: () => Promise<void>;
beforeAll(async () => {
  const signedIn = await signedInApp(["alice"]);
  ({ app, close } = signedIn);
  alice = signedIn.users.alice!;
});
afterAll(() => close());

async function aToken(asked: object = {}): Promise<string> {
  const path = "/api/functions/tokens/create";
  return (await alice.send("POST", path, { name: crypto.randomUUID(), ...asked })).body.token_value;
}

describe("a client with an API token", () => {
  it("sends spans with it in OTEL_EXPORTER_OTLP_HEADERS, unless it only reads", async () => {
    const experiment = await experimentOf(alice, "spans");
    const send = async (token: string) =>
      python("opentelemetry", ["test/acceptance/traces-otlp.py"], {
        OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${app.url}/v1/traces`,
        OTEL_EXPORTER_OTLP_HEADERS: `Authorization=Bearer%20${token},x-mlflow-experiment-id=${experiment}`,
      });
    const spans = async () =>
      (await app.db.query("SELECT name FROM spans WHERE experiment_id = $1 ORDER BY name", [experiment])).rows;
    await send(await aToken({ read_only: true }));
    expect(await spans()).toEqual([]);
    await send(await aToken());
    expect(await spans()).toEqual([{ name: "child" }, { name: "parent" }]);
  });
});
