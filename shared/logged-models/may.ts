/** Who may do what with a logged model. */
import { checkInside, type Inside, rule } from "../access/rules.ts";
import { sql } from "../platform/db/sql.ts";
import type { Asking, Checked, Rule } from "../platform/http/route.ts";
import type { Action } from "../platform/identity/access.ts";
import { loggedModelErrors } from "./errors.ts";

const inside: Inside = {
  type: "logged_model",
  experimentsOf: (db, ids) =>
    db.query(sql`
      SELECT model_id AS id, experiment_id::text AS experiment FROM logged_models
      WHERE model_id = ANY(${[...ids]}::text[])`),
  notFound: loggedModelErrors.notFound,
};

/** @throws MlflowError unless the action is allowed on each of these models */
export const checkModels = (action: Action, ids: readonly string[], asking: Pick<Asking, "db" | "facts">): Checked =>
  checkInside(inside, action, ids, asking);

/** The action on the logged model in the path. */
export const loggedModel = (action: Action): Rule<{ id: string }> =>
  rule(`${action} logged model`, ({ id }, asking) => checkModels(action, [id], asking));
