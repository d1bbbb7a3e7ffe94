/** The vocabulary of who may call a route; what concerns an entity lies in the entity's `may.ts`. */
import type { Db } from "../platform/db/database.ts";
import { denied, type MlflowError } from "../platform/errors.ts";
import type { Asking, Checked, Rule } from "../platform/http/route.ts";
import type { Action } from "../platform/identity/access.ts";

export { open, signedIn } from "../platform/http/route.ts";

export const rule = <Input>(text: string, check: Rule<Input>["check"]): Rule<Input> => ({ text, check });

/** Whoever may create resources of a type. */
export const creates = <Input>(type: string, typeOf: (input: Input) => string = () => type): Rule<Input> => ({
  ...rule<Input>(`create ${type}`, (input, { db }) => {
    if (!db.scope.access.mayCreate(typeOf(input))) throw denied();
  }),
  grants: true,
});

/** Whoever has signed in: the statement itself shows only what the caller may read. */
export const filtered = rule<unknown>("signed in, shows what may be read", () => {});

/** The same for a route that changes what someone may: what is remembered of that is out of date afterwards. */
export const changing = <Input>(rule: Rule<Input>): Rule<Input> => ({ ...rule, changesRights: true });

/** Types of resources that lie in an experiment or belong to a model. A grant on them can only be on all: `*`. */
export type SubType =
  | "run"
  | "logged_model"
  | "trace"
  | "assessment"
  | "review_queue"
  | "scorer"
  | "scorer_version"
  | "registered_model_version"
  | "prompt_version";

/**
 * @throws MlflowError for a filter that asks for a type whose resources are denied; a value with that name counts too
 */
export function refuseAsking({ scope: { access } }: Db, filter: string | undefined, key: string, type: SubType): void {
  if (access.isDenied(type) && filter?.toLowerCase().includes(key)) throw denied();
}

/** Something that lies in an experiment: a run, a logged model, a trace. */
export interface Inside {
  type: SubType;
  /** The experiments of those that exist, by their ids. */
  experimentsOf(db: Db, ids: readonly string[]): Promise<{ id: string; experiment: string }[]>;
  notFound(id: string): MlflowError;
}

/**
 * Checks an action on things inside experiments: their experiments must be readable, and the action be allowed on the
 * type, or where nothing is granted on the type, on the experiment. What can't be read is refused like what is absent.
 */
export function checkInside(
  { type, experimentsOf, notFound }: Inside,
  action: Action,
  ids: readonly string[],
  { db, facts }: Pick<Asking, "db" | "facts">,
): Checked {
  const { access } = db.scope;
  if (access.isManager) return;
  const onAll = { type, id: "*" };
  const may = (asked: Action, experiment: string) => access.may(asked, onAll, { type: "experiment", id: experiment });
  const reads = (experiment: string) =>
    access.may("read", { type: "experiment", id: experiment }) && may("read", experiment);
  if (access.isUniform("experiment")) {
    if (!reads("*") || !may(action, "*")) throw denied();
    return;
  }
  const decide = () => {
    for (const id of ids) {
      const experiment = facts.get(type, id);
      if (experiment === undefined || !reads(experiment)) throw reads("*") ? notFound(id) : denied();
      if (!may(action, experiment)) throw denied();
    }
  };
  const unknown = ids.filter((id) => facts.get(type, id) === undefined);
  if (unknown.length === 0) return decide();
  return experimentsOf(db, unknown).then((found) => {
    for (const { id, experiment } of found) facts.note(type, id, experiment);
    decide();
  });
}
