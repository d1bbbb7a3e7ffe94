/** The settings of sign-in with Entra, as `config.ts` reads them. */
import * as z from "zod";

/** What someone may do: one of our own roles, or a role that is kept beside the grants, by its name. */
export type EntraRole = "Reader" | "Editor" | "Admin" | { named: string };

/**
 * What is mapped to a role: `app-role:<name>`, `group:<id>`, `user:<object id>`, `app:<object id>`.
 */
export type EntraRoles = ReadonlyMap<string, EntraRole>;

const guid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const graph = ["00000003-0000-0000-c000-000000000000", "https://graph.microsoft.com"];
const own = ["Reader", "Editor", "Admin"] as const;

const items = (value: string) =>
  value
    .split(",")
    .map((item) => item.trim())
    .filter(Boolean);

/** What went wrong stands in the message, without the value. */
const parsed = <T>(parse: (value: string) => T) =>
  z.string().transform((value, context) => {
    try {
      return parse(value);
    } catch (error) {
      context.addIssue({ code: "custom", message: (error as Error).message });
      return z.NEVER;
    }
  });

const refuse = (message: string): never => {
  throw new Error(message);
};

function tenants(value: string): string[] {
  const ids = items(value.toLowerCase());
  if (ids.length === 0 || ids.some((id) => !guid.test(id))) refuse("must be tenant ids (GUIDs), separated by commas");
  return ids;
}

/** An app registration's id stands for its usual URI too. */
function audiences(value: string): string[] {
  const all = items(value).map((each) => (guid.test(each.toLowerCase()) ? each.toLowerCase() : each));
  if (all.length === 0) refuse("must be the app registration's id or its application id URI");
  if (all.some((each) => graph.includes(each.replace(/\/$/, "").toLowerCase())))
    refuse("must not hold Microsoft Graph: its tokens are for Graph alone");
  return all.flatMap((each) => (guid.test(each) ? [each, `api://${each}`] : each));
}

const roleOf = (name: string): EntraRole => own.find((each) => each === name) ?? { named: name };

function roles(value: string): EntraRoles {
  return new Map([
    ...own.map((role): [string, EntraRole] => [`app-role:${role}`, role]),
    ...items(value).map((item): [string, EntraRole] => {
      const [, from = "", to = ""] = /^([^=]+)=(.+)$/.exec(item) ?? refuse("must be pairs such as group:<id>=Editor");
      return [roleKey(from.trim()), roleOf(to.trim())];
    }),
  ]);
}

function roleKey(from: string): string {
  const [, kind, id = ""] = /^(group|user|app):(.*)$/.exec(from.toLowerCase()) ?? [];
  if (guid.test(from.toLowerCase())) refuse("must say what an id is of: group:<id>, user:<id> or app:<id>");
  if (!kind) return `app-role:${from.replace(/^app-role:/, "")}`;
  if (!guid.test(id)) refuse("must name groups, users and apps by their object ids (GUIDs)");
  return `${kind}:${id}`;
}

function defaultRole(value: string): EntraRole {
  const role = roleOf(value.trim());
  return role === "Admin" ? refuse("must not be Admin: everyone of the tenant would be one") : role;
}

function authority(value: string): string {
  const { protocol, origin, pathname, search, hash, username } = URL.canParse(value) ? new URL(value) : refuse(https);
  if (protocol !== "https:" || pathname !== "/" || search || hash || username) refuse(https);
  return origin;
}
const https = "must be an https address without a path, such as https://login.microsoftonline.us";

export const entraSettings = {
  MLFLOW_FUNCTIONS_ENTRA_AUDIENCES: parsed(audiences).optional(),
  MLFLOW_FUNCTIONS_ENTRA_AUTHORITY: parsed(authority).default("https://login.microsoftonline.com"),
  MLFLOW_FUNCTIONS_ENTRA_DEFAULT_ROLE: parsed(defaultRole).optional(),
  MLFLOW_FUNCTIONS_ENTRA_ROLES: parsed(roles).prefault(""),
  MLFLOW_FUNCTIONS_ENTRA_SCOPE: z
    .string()
    .regex(/^[^\s]+$/, "must be the name of one scope, without the application id URI")
    .default("user_impersonation"),
  MLFLOW_FUNCTIONS_ENTRA_TENANTS: parsed(tenants).optional(),
};

type Parsed = z.output<z.ZodObject<typeof entraSettings>> & {
  MLFLOW_FUNCTIONS_AUTH?: readonly string[] | undefined;
  WEBSITE_AUTH_ENABLED?: string | undefined;
};

/** Requires what the ways to sign in can't do without. */
export function checkEntra(settings: Parsed, context: z.RefinementCtx): void {
  const modes = settings.MLFLOW_FUNCTIONS_AUTH ?? [];
  const require = (name: keyof typeof entraSettings, mode: string) => {
    if (!modes.includes(mode) || settings[name] !== undefined) return;
    context.addIssue({ code: "custom", path: [name], message: `must be set where MLFLOW_FUNCTIONS_AUTH has ${mode}` });
  };
  require("MLFLOW_FUNCTIONS_ENTRA_AUDIENCES", "entra");
  require("MLFLOW_FUNCTIONS_ENTRA_TENANTS", modes.includes("entra") ? "entra" : "easyauth");
}

/** Whether App Service says that its own sign-in is on. */
export const isEasyAuthMarked = ({ WEBSITE_AUTH_ENABLED }: Parsed): boolean =>
  WEBSITE_AUTH_ENABLED?.toLowerCase() === "true";

/** What is worth knowing of how people can sign in, and no error. */
export function signInWarnings(settings: Parsed): string[] {
  const { MLFLOW_FUNCTIONS_AUTH: modes = [] } = settings;
  const isOn = isEasyAuthMarked(settings);
  return [
    ...(modes.length === 1 && modes[0] === "entra"
      ? [
          "MLFLOW_FUNCTIONS_AUTH=entra signs in clients by token, and has no sign-in for the page in a browser: add easyauth for it",
        ]
      : []),
    ...(modes.includes("easyauth") && !isOn
      ? [
          "MLFLOW_FUNCTIONS_AUTH has easyauth, but App Service's sign-in is off (WEBSITE_AUTH_ENABLED is not True): nobody is signed in by it",
        ]
      : []),
  ];
}
