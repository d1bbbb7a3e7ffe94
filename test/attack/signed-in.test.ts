/** What only those who have signed in can send: users, roles and what is granted to them. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { allRoutes } from "../../functions/main.ts";
import { pathsOf, type Route } from "../../shared/platform/http/route.ts";
import { signedInApp } from "../identity/signed-in.ts";
import type { Answer } from "../support/app.ts";

let site: Awaited<ReturnType<typeof signedInApp>>;
let all: Route[];
beforeAll(async () => {
  site = await signedInApp(["alice"]);
  all = (await allRoutes()).filter(({ may, notServed }) => may.onlySignedIn && notServed === undefined);
});
afterAll(() => site.close());

const plausible: Record<string, unknown> = {
  username: "alice",
  // What is hashed takes long.
  password: "short",
  current_password: "another one of hers",
  is_admin: false,
  name: "a role",
  description: "a role",
  workspace: "default",
  role_id: 1,
  role_permission_id: 1,
  resource_type: "experiment",
  resource_id: "0",
  resource_pattern: "0",
  permission: "READ",
};

/** Every route with each of the fields as `value`, and the others as they may be. */
async function* sweep(value: unknown): AsyncGenerator<[string, Answer]> {
  for (const route of all)
    for (const name of Object.keys(plausible)) {
      const [path, fields] = [pathsOf(route)[0]!, { ...plausible, [name]: value }];
      const query = Object.fromEntries(Object.entries(fields).map(([key, each]) => [key, String(each)]));
      const { get, send } = site.admin;
      const isQuery = route.method === "GET";
      if (isQuery && typeof value !== "string") continue;
      yield [`${route.method} ${path} ${name}`, await (isQuery ? get(path, query) : send(route.method, path, fields))];
    }
}

const nested = JSON.parse("[".repeat(99) + "]".repeat(99));

describe("what an admin sends", () => {
  it.each([
    ["a long text", "ab".repeat(1500)],
    ["a text with a NUL", "ab\0"],
    ["a nested list", nested],
    ["a large number", 1e300],
  ])(
    "is answered below 500 and 4 KB, and at most 200 characters of it come back: %s",
    async (_, value) => {
      let refused = 0;
      for await (const [name, answer] of sweep(value)) {
        expect(answer.status, `${name}: ${answer.text}`).toBeLessThan(500);
        if (answer.status < 400) continue;
        refused++;
        expect(Buffer.byteLength(answer.text), name).toBeLessThan(4096);
        expect(answer.text, name).not.toContain("ab".repeat(101));
      }
      expect(refused).toBeGreaterThan(10);
      expect(site.app.lines.join("\n")).not.toContain("ab".repeat(101));
    },
    300_000,
  );

  it("is no password where it is too long for a header", async () => {
    const answer = await site.admin.send("POST", "/api/2.0/mlflow/users/create", {
      username: "long",
      password: "p".repeat(7_000_000),
    });
    expect(answer.status).toBe(400);
    expect(answer.body.message).toContain("at most 1000 characters");
  });
});
