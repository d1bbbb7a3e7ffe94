import { randomUUID } from "node:crypto";
import { parseConfig } from "../../shared/platform/config.ts";
import { Database } from "../../shared/platform/db/database.ts";
import type { Asking } from "../../shared/platform/http/route.ts";
import { Access, type Grant, type Level } from "../../shared/platform/identity/access.ts";
import { Facts } from "../../shared/platform/identity/facts.ts";
import type { App } from "../support/app.ts";

/** How rules are asked on an app's database, by a caller with some grants. */
export function askingOf(app: App) {
  const config = parseConfig(process.env);
  const database = new Database(app.databaseUri, config);
  const asking = (grants: Grant[], fallback: Level = "READ"): Asking => {
    const access = new Access({ isAdmin: false, fallback, mayCreate: true, grants });
    const db = { ...database.reading, scope: { workspace: "default", access } };
    return { db, config, facts: new Facts() } as unknown as Asking;
  };
  return { asking, end: () => database.end() };
}

export const grant = (type: string, pattern: string, permission: Grant["permission"]): Grant => ({
  type,
  pattern,
  permission,
});

export const unique = (name: string) => `${name}-${randomUUID()}`;
