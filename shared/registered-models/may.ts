/** Who may do what with a registered model or prompt, and with its versions. */
import { rule } from "../access/rules.ts";
import type { KeyValue } from "../mlflow/rules.ts";
import { inScope } from "../mlflow/scope.ts";
import { sql } from "../platform/db/sql.ts";
import { denied } from "../platform/errors.ts";
import type { Asking, Rule } from "../platform/http/route.ts";
import type { Access, Action } from "../platform/identity/access.ts";
import { registeredModelErrors } from "./errors.ts";
import { isPrompt, isPromptNamed } from "./prompts.ts";

type ModelType = "registered_model" | "prompt";

interface Needed {
  model: Action;
  /** What is needed on its versions beside. */
  version?: Action | "not denied";
}

// A model can be deleted, and a prompt take its name.
const typeIsKnown = 30_000;

/** Whether a name is a prompt's; undefined where there is none. */
async function typeOf(name: string, { db, facts }: Pick<Asking, "db" | "facts">): Promise<ModelType | undefined> {
  const known = facts.get("registered model", name, typeIsKnown);
  if (known !== undefined) return known as ModelType;
  const [found] = await db.query<{ prompt: boolean }>(sql`
    SELECT ${isPromptNamed(sql`rm`)} AS prompt FROM registered_models rm WHERE ${inScope(db, "rm")} AND rm.name = ${name}`);
  if (!found) return undefined;
  const type = found.prompt ? "prompt" : "registered_model";
  facts.note("registered model", name, type);
  return type;
}

type Decision = "allowed" | "denied" | "unreadable";

function decide(access: Access, type: ModelType, name: string, { model, version }: Needed): Decision {
  const own = { type, id: name };
  if (!access.may("read", own)) return "unreadable";
  const ofVersions = { type: `${type}_version`, id: "*" };
  if (version !== undefined && access.isDenied(ofVersions.type)) return "denied";
  const isAllowed =
    access.may(model, own) && (!version || version === "not denied" || access.may(version, ofVersions, own));
  return isAllowed ? "allowed" : "denied";
}

const isUniform = (access: Access) => access.isUniform("registered_model") && access.isUniform("prompt");

/** @throws MlflowError unless what is needed is allowed; what can't be read is refused like what is absent */
export async function checkModel(name: string, needed: Needed, asking: Pick<Asking, "db" | "facts">): Promise<void> {
  const { access } = asking.db.scope;
  const asModel = decide(access, "registered_model", name, needed);
  const asPrompt = decide(access, "prompt", name, needed);
  // Who is denied single models must not learn from a refusal which names are taken.
  const isSame = asModel === asPrompt && (asModel !== "denied" || isUniform(access));
  const decision = isSame ? asModel : decisionOf(await typeOf(name, asking));
  function decisionOf(type: ModelType | undefined): Decision {
    if (type === undefined) return "unreadable";
    return type === "prompt" ? asPrompt : asModel;
  }
  if (decision === "unreadable") throw registeredModelErrors.notFound(name);
  if (decision === "denied") throw denied();
}

/** The action on the registered model or prompt that the input names. */
export const model = (action: Action, version?: Needed["version"]): Rule<{ name?: string | undefined }> =>
  rule(ruleText(action, version), ({ name = "" }, asking) => checkModel(name, { model: action, version }, asking));

function ruleText(action: Action, version: Needed["version"]): string {
  const ofVersions = version === "not denied" ? ", versions not denied" : `, ${version} versions`;
  return `${action} registered model${version === undefined ? "" : ofVersions}`;
}

/** To create a registered model, or a prompt where its tags make it one. */
export const createsModel: Rule<{ tags: KeyValue[] }> = rule(
  "create registered model or prompt",
  ({ tags }, { db }) => {
    if (!db.scope.access.mayCreate(isPrompt(tags) ? "prompt" : "registered_model")) throw denied();
  },
);
