/**
 * What a grant may say (mlflow/server/auth/permissions.py). Types that are not served yet are kept for when they are.
 */
import { isLonger } from "../mlflow/rules.ts";
import { invalid } from "../platform/errors.ts";
import { isPermission, type Permission } from "../platform/identity/access.ts";
import { shown } from "../platform/shown.ts";

/** Resources that a grant can name one by one, or all of a type. */
const named = [
  "experiment",
  "registered_model",
  "prompt",
  "scorer",
  "gateway_secret",
  "gateway_endpoint",
  "gateway_model_definition",
  "mcp_server",
  "skill",
] as const;

/** What a grant can name only as a whole. */
const whole = [
  "workspace",
  "run",
  "trace",
  "assessment",
  "logged_model",
  "review_queue",
  "registered_model_version",
  "prompt_version",
  "scorer_version",
  "mcp_server_version",
] as const;

const types: readonly string[] = [...named, ...whole];

const ofWorkspace: readonly Permission[] = ["USE", "MANAGE"];
const ofSkill: readonly Permission[] = ["READ", "EDIT", "MANAGE", "DENY"];
const ofOthers: readonly Permission[] = ["READ", "USE", "EDIT", "MANAGE", "DENY"];

function grantable(type: string): readonly Permission[] {
  if (type === "workspace") return ofWorkspace;
  return type === "skill" ? ofSkill : ofOthers;
}

/** @throws MlflowError INVALID_PARAMETER_VALUE */
export function checkResourceType(type: string): void {
  if (types.includes(type)) return;
  throw invalid(`Invalid resource type '${shown(type)}'. Valid resource types are: ${[...types].sort().join(", ")}.`);
}

/**
 * A permission that can be granted on a type.
 * @throws MlflowError INVALID_PARAMETER_VALUE
 */
export function checkPermission(permission: string, type: string): Permission {
  checkResourceType(type);
  if (isPermission(permission) && grantable(type).includes(permission)) return permission;
  throw invalid(
    `Invalid permission '${shown(permission)}' for the resource type '${type}', which takes ${grantable(type).join(", ")}.`,
  );
}

// The columns of both tables of grants take as much.
const maxPattern = 512;

/**
 * The form in which grants name a resource: `*`, an experiment's id without leading zeros, `<experiment>/<name>` of a
 * scorer, `@<organization>/<name>` of a skill.
 * @throws MlflowError INVALID_PARAMETER_VALUE
 */
export function canonicalPattern(type: string, pattern: string): string {
  if (pattern === "*") return pattern;
  if ((whole as readonly string[]).includes(type))
    throw invalid(`A permission on the resource type '${type}' can only be on all of them: '*'.`);
  if (isLonger(pattern, maxPattern)) throw invalid(`A resource's name has at most ${maxPattern} characters.`);
  if (type === "experiment") return experimentId(pattern);
  if (type === "scorer") {
    const [, experiment, name] = /^([^/]+)\/(.+)$/s.exec(pattern) ?? [];
    if (!experiment || !name) throw invalid("A scorer is named '<experiment_id>/<scorer_name>'.");
    return `${experimentId(experiment)}/${name}`;
  }
  if (type === "skill" && !/^(@[^/]+\/)?[^/@][^/]*$/.test(pattern))
    throw invalid("A skill is named '<name>' or '@<organization>/<name>'.");
  return pattern;
}

function experimentId(id: string): string {
  if (/^\d{1,19}$/.test(id)) return String(BigInt(id));
  throw invalid(`Invalid experiment ID '${shown(id)}': it must be a number, or '*' for all.`);
}

/** Role names that begin so are kept for what is granted to a user directly. */
const ownPrefix = "__user_";

const maxName = 255;
const maxDescription = 1024;

/** @throws MlflowError INVALID_PARAMETER_VALUE */
export function checkRoleName(name: string): void {
  if (name.trim() === "") throw invalid("Role name cannot be empty.");
  if (name.startsWith(ownPrefix))
    throw invalid(`Role names that begin with '${ownPrefix}' are reserved for what is granted to a user directly.`);
  if (isLonger(name, maxName)) throw invalid(`Role name cannot have more than ${maxName} characters.`);
}

/** @throws MlflowError INVALID_PARAMETER_VALUE */
export function checkRoleDescription(description: string | undefined): void {
  if ([...(description ?? "")].length > maxDescription)
    throw invalid(`Role description cannot have more than ${maxDescription} characters.`);
}
