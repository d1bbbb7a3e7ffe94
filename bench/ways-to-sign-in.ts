import { randomUUID } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { startStock, upgradeAuthDatabase } from "../test/acceptance/stock-server.ts";
import { type Authority, anAuthority } from "../test/support/authority.ts";
import { easyAuthClaims, easyAuthPrincipal } from "../test/support/easy-auth.ts";
import type { Server } from "./apps.ts";
import { call } from "./client.ts";
import type { Subject } from "./scenarios.ts";

/** A way to sign in: as an admin, and as an editor who may do what is granted to them and nothing else. */
export interface SignIn {
  /** What this app is started with. */
  settings: Record<string, string>;
  admin: Record<string, string>;
  editor: Record<string, string>;
  /** What grants call the editor. */
  editorName: string;
}

/** A stand-in for Entra that is closed by `close`, and the ways to sign in that `--auth` names. */
export interface Ways {
  of(mode: string): Promise<SignIn>;
  close(): Promise<void>;
}

const password = "a password of the bench";
const byPassword = (name: string) => ({
  authorization: `Basic ${Buffer.from(`${name}:${password}`).toString("base64")}`,
});

const basic: SignIn = {
  settings: {
    MLFLOW_FUNCTIONS_AUTH: "basic",
    MLFLOW_AUTH_ADMIN_PASSWORD: password,
    MLFLOW_AUTH_DEFAULT_PERMISSION: "NO_PERMISSIONS",
  },
  admin: byPassword("admin"),
  editor: byPassword("editor"),
  editorName: "editor",
};

export async function waysToSignIn(): Promise<Ways> {
  const authority = await anAuthority();
  const of = async (mode: string) => {
    if (mode === "basic") return basic;
    if (mode === "entra") return entra(authority);
    if (mode === "easyauth") return easyAuth(authority);
    throw new Error(`--auth knows basic, entra and easyauth, not ${mode}`);
  };
  return { of, close: () => authority.close() };
}

async function entra(authority: Authority): Promise<SignIn> {
  const oid = randomUUID();
  const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
  return {
    settings: { MLFLOW_FUNCTIONS_AUTH: "entra", ...authority.settings },
    admin: bearer(await authority.userToken({ roles: ["Admin"] })),
    editor: bearer(await authority.userToken({ oid })),
    editorName: `user:${authority.tenant}:${oid}`,
  };
}

async function easyAuth({ tenant, settings }: Authority): Promise<SignIn> {
  const oid = randomUUID();
  const front = (object: string, roles: string[] = []) => ({
    "x-ms-client-principal": easyAuthPrincipal(easyAuthClaims(tenant, object, roles)),
  });
  return {
    settings: { MLFLOW_FUNCTIONS_AUTH: "easyauth", WEBSITE_AUTH_ENABLED: "True", ...settings },
    admin: front(randomUUID(), ["Admin"]),
    editor: front(oid),
    editorName: `user:${tenant}:${oid}`,
  };
}

/** A stock server with basic-auth and two workers, else as by default: it hashes a password for each request. */
export async function startStockWithBasicAuth(
  database: string,
  authDatabase: string,
  folder: string,
): Promise<Server & { stop(): Promise<void> }> {
  const ini = join(folder, "basic_auth.ini");
  const uri = authDatabase.replace(/^postgresql:/, "postgresql+psycopg2:");
  const lines = [
    "[mlflow]",
    "default_permission = NO_PERMISSIONS",
    `database_uri = ${uri}`,
    "admin_username = admin",
    "authorization_function = mlflow.server.auth:authenticate_request_basic_auth",
  ];
  await writeFile(ini, lines.join("\n"));
  await upgradeAuthDatabase(authDatabase);
  const env = { MLFLOW_AUTH_CONFIG_PATH: ini, MLFLOW_AUTH_ADMIN_PASSWORD: password };
  return startStock({ database, workers: 2, auth: true, env });
}

export const stockSignIn = basic;

/** Makes the editor, who gets no more than what the scenarios need. */
export async function makeEditor(url: string, signIn: SignIn, subject: Subject): Promise<void> {
  const admin = { url, headers: signIn.admin };
  if (signIn.editorName === "editor")
    await call(admin, "POST", "/api/2.0/mlflow/users/create", { username: "editor", password });
  // One who has signed in is known, if only to be refused.
  else await call({ url, headers: signIn.editor }, "GET", "/api/2.0/mlflow/users/current").catch(() => {});
  await grant(admin, signIn, "experiment", "0", "READ");
  for (const id of [subject.experiment, subject.large]) await grant(admin, signIn, "experiment", id, "EDIT");
  await grant(admin, signIn, "registered_model", subject.model, "EDIT");
}

export const grant = (
  admin: { url: string; headers: Record<string, string> },
  { editorName }: SignIn,
  type: string,
  id: string,
  permission: string,
) =>
  call(admin, "POST", "/api/3.0/mlflow/users/permissions/grant", {
    username: editorName,
    resource_type: type,
    resource_id: id,
    permission,
  });
