import { hashPassword } from "../../shared/platform/identity/password.ts";
import { type Answer, type App, startApp } from "../support/app.ts";

export const adminPassword = "the admin's password";
export const password = "everyone's password";

export const basicSettings = {
  MLFLOW_FUNCTIONS_AUTH: "basic",
  MLFLOW_AUTH_ADMIN_PASSWORD: adminPassword,
};

/** Takes the settings back, which `startApp` puts into the environment. */
export function forget(settings: Record<string, string>): void {
  for (const name of Object.keys(settings)) delete process.env[name];
}

export interface SignedIn {
  name: string;
  get(path: string, query?: Record<string, string>): Promise<Answer>;
  send(method: string, path: string, body: unknown): Promise<Answer>;
}

/** Requests of a basic user. */
export function as(app: App, name: string, secret = password): SignedIn {
  const authorization = `Basic ${Buffer.from(`${name}:${secret}`).toString("base64")}`;
  return {
    name,
    get: (path, query = {}) =>
      app.request("GET", `${path}?${new URLSearchParams(query)}`, { headers: { authorization } }),
    send: (method, path, body) =>
      app.request(method, path, {
        headers: { authorization, "content-type": "application/json" },
        body: JSON.stringify(body),
      }),
  };
}

export const asAdmin = (app: App): SignedIn => as(app, "admin", adminPassword);

let hash: Promise<string> | undefined;

/** Makes basic users with one hash: hashing is slow. */
export async function makeUsers(app: App, names: readonly string[]): Promise<Record<string, SignedIn>> {
  hash ??= hashPassword(password);
  for (const name of names)
    await app.db.query("INSERT INTO users (username, password_hash, is_admin) VALUES ($1, $2, false)", [
      name,
      await hash,
    ]);
  return Object.fromEntries(names.map((name) => [name, as(app, name)]));
}

/** An app with basic sign-in, its admin, and users of these names. `close` takes the settings back too. */
export async function signedInApp(names: readonly string[]) {
  const app = await startApp(basicSettings);
  const admin = asAdmin(app);
  // The first sign-in makes the admin.
  const { status } = await admin.get("/version");
  if (status !== 200) throw new Error(`The admin can't sign in: ${status}`);
  const users = await makeUsers(app, names);
  const close = async () => {
    await app.close();
    forget(basicSettings);
  };
  return { app, admin, users, close };
}

export const codeOf = ({ status, body }: Answer) => [status, body.error_code];

export const experimentOf = async (who: SignedIn, name: string) =>
  (await who.send("POST", "/api/2.0/mlflow/experiments/create", { name })).body.experiment_id as string;
