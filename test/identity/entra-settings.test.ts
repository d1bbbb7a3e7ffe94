import { describe, expect, it } from "vitest";
import { parseConfig } from "../../shared/platform/config.ts";
import { signInWarnings } from "../../shared/platform/identity/entra-settings.ts";

const [id, other] = [crypto.randomUUID(), crypto.randomUUID()];
const name = (short: string) => `MLFLOW_FUNCTIONS_ENTRA_${short}`;
const valid = { MLFLOW_FUNCTIONS_AUTH: "entra", [name("TENANTS")]: id, [name("AUDIENCES")]: id };
const parsed = (short: string, value: string) => parseConfig({ ...valid, [name(short)]: value });

describe("settings of Entra", () => {
  it.each([
    ["TENANTS", "contoso.onmicrosoft.com", "tenant ids"],
    ["TENANTS", "common", "tenant ids"],
    ["TENANTS", " , ", "tenant ids"],
    ["AUDIENCES", "https://graph.microsoft.com/", "Microsoft Graph"],
    ["AUDIENCES", `${id}, 00000003-0000-0000-c000-000000000000`, "Microsoft Graph"],
    ["AUTHORITY", "http://login.microsoftonline.com", "https address"],
    ["AUTHORITY", "https://login.microsoftonline.com/common", "https address"],
    ["AUTHORITY", "https://user@login.microsoftonline.com", "https address"],
    ["AUTHORITY", "login", "https address"],
    ["ROLES", "Reader", "pairs"],
    ["ROLES", `${id}=Reader`, "say what an id is of"],
    ["ROLES", "group:everyone=Reader", "object ids"],
    ["DEFAULT_ROLE", "Admin", "must not be Admin"],
    ["SCOPE", "one two", "one scope"],
  ])("%s can't be %j", (short, value, message) => {
    expect(() => parsed(short, value)).toThrow(new RegExp(`Settings are wrong: ${name(short)} .*${message}`));
    expect(() => parsed(short, value)).not.toThrow(value.length > 8 ? value : "\u0000");
  });

  it.each([
    ["entra", "TENANTS", "entra"],
    ["entra", "AUDIENCES", "entra"],
    ["easyauth", "TENANTS", "easyauth"],
    ["basic,easyauth", "TENANTS", "easyauth"],
  ])("with MLFLOW_FUNCTIONS_AUTH=%s need %s", (auth, short, mode) => {
    const missing = () => parseConfig({ ...valid, MLFLOW_FUNCTIONS_AUTH: auth, [name(short)]: "" });
    expect(missing).toThrow(`${name(short)} must be set where MLFLOW_FUNCTIONS_AUTH has ${mode}`);
  });

  it("are not needed without Entra", () => {
    expect(parseConfig({ MLFLOW_FUNCTIONS_AUTH: "basic" }).MLFLOW_FUNCTIONS_ENTRA_TENANTS).toBeUndefined();
  });

  it("are read in either case, and an id stands for its URI", () => {
    expect(parsed("TENANTS", `${id.toUpperCase()}, ${other}`).MLFLOW_FUNCTIONS_ENTRA_TENANTS).toEqual([id, other]);
    expect(parsed("AUDIENCES", `${id.toUpperCase()},api://own`).MLFLOW_FUNCTIONS_ENTRA_AUDIENCES).toEqual([
      id,
      `api://${id}`,
      "api://own",
    ]);
  });

  it("map app roles, groups, users and apps, beside the roles that stand for themselves", () => {
    const text = `Data Scientist=Editor, group:${id.toUpperCase()}=team a, user:${id}=Admin, app:${other}=Reader, Reader=Editor`;
    expect([...parsed("ROLES", text).MLFLOW_FUNCTIONS_ENTRA_ROLES]).toEqual([
      ["app-role:Reader", "Editor"],
      ["app-role:Editor", "Editor"],
      ["app-role:Admin", "Admin"],
      ["app-role:Data Scientist", "Editor"],
      [`group:${id}`, { named: "team a" }],
      [`user:${id}`, "Admin"],
      [`app:${other}`, "Reader"],
    ]);
  });
});

describe("what is said at the start", () => {
  const warnings = (env: Record<string, string>) => signInWarnings(parseConfig({ ...valid, ...env })).join();

  it("is that entra alone has no sign-in for the page", () => {
    expect(warnings({})).toMatch(/no sign-in for the page/);
    expect(warnings({ MLFLOW_FUNCTIONS_AUTH: "entra,easyauth", WEBSITE_AUTH_ENABLED: "True" })).toBe("");
    expect(warnings({ MLFLOW_FUNCTIONS_AUTH: "basic,entra" })).toBe("");
  });

  it("is that easyauth signs nobody in while the platform's sign-in is off", () => {
    expect(warnings({ MLFLOW_FUNCTIONS_AUTH: "easyauth" })).toMatch(/WEBSITE_AUTH_ENABLED is not True/);
  });
});
