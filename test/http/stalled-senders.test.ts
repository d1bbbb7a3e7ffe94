import { connect, type Socket } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type App, startApp } from "../support/app.ts";

let app: App;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.close());

/** Begins a request of 1,000 bytes and sends none of them. */
function stalled(): { socket: Socket; ended: Promise<string> } {
  const socket = connect(Number(new URL(app.url).port), "127.0.0.1");
  let answer = "";
  socket.on("data", (data) => {
    answer += data;
  });
  const head = "Host: localhost\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n";
  socket.write(`POST /api/2.0/mlflow/runs/search HTTP/1.1\r\n${head}`);
  return { socket, ended: new Promise((end) => socket.on("close", () => end(answer))) };
}

describe("senders that stall", () => {
  it("do not shut an instance out, and are cut", async () => {
    const senders = Array.from({ length: 48 }, stalled);
    await Promise.all(senders.map(({ socket }) => new Promise((sent) => socket.once("ready", sent))));
    for (const path of ["/health", "/version", "/api/2.0/mlflow/experiments/get?experiment_id=0"])
      expect((await app.request("GET", path)).status).toBe(200);
    for (const answer of await Promise.all(senders.map(({ ended }) => ended)))
      expect(answer).toMatch(/^HTTP\/1.1 408 /);
  }, 60_000);
});
