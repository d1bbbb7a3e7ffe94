import { beforeAll, describe, expect, it } from "vitest";
import { loadedApp } from "../support/worker.ts";

const lines: string[] = [];
let app: Awaited<ReturnType<typeof loadedApp>>;
beforeAll(async () => {
  app = await loadedApp((message) => lines.push(message));
  app.listensOn?.("127.0.0.1");
});

const path = "/api/3.0/mlflow/server-info?secret=1";

describe("a request that no Request can be made of", () => {
  it.each(["a b", "localhost:99999", "localhost@evil.com", "::1", "localhost%00", "localhost/health?", ""])(
    "is refused where its Host is %j, and its query is in no log",
    async (host) => {
      lines.length = 0;
      expect(await app.call(path, { host })).toEqual({ status: "400", text: "Invalid Host header" });
      expect(lines.join("\n")).not.toContain("secret");
    },
  );

  it("is served where a header holds what is not latin1", async () => {
    expect((await app.call(path, { host: "localhost", "x-name": "日本" })).status).toBe("200");
  });
});
