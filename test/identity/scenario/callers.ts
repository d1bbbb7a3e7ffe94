/** Who calls: the kinds of callers, and what each of them is granted on what the scenario calls its own. */

export type Level = "READ" | "USE" | "EDIT" | "MANAGE" | "DENY";

/** How someone signs in: `none` sends nothing, `wrong` what is not right. */
type SignIn = "none" | "wrong" | "user" | "admin";

interface Kind {
  signIn: SignIn;
  /** On the scenario's own experiment, registered model and prompt. */
  own?: Level;
  /** On the other experiment, registered model and prompt. */
  other?: Level;
  /** On all of some types: `*`. */
  all?: Record<string, Level>;
}

const subTypes = ["run", "logged_model", "trace", "assessment", "registered_model_version", "prompt_version"];
const onAll = (types: string[], level: Level) => Object.fromEntries(types.map((type) => [type, level]));

const kinds = {
  none: { signIn: "none" },
  "wrong credentials": { signIn: "wrong" },
  stranger: { signIn: "user" },
  reader: { signIn: "user", own: "READ" },
  user: { signIn: "user", own: "USE" },
  editor: { signIn: "user", own: "EDIT" },
  manager: { signIn: "user", own: "MANAGE" },
  denied: { signIn: "user", own: "DENY" },
  "other's manager": { signIn: "user", other: "MANAGE" },
  admin: { signIn: "admin" },
  "workspace manager": { signIn: "user", own: "DENY", all: { workspace: "MANAGE" } },
  // Grants on all of a type, with or against what is granted on one.
  "manager, sub-types denied": { signIn: "user", own: "MANAGE", all: onAll(subTypes, "DENY") },
  "reader, sub-types managed": { signIn: "user", own: "READ", all: onAll(subTypes, "MANAGE") },
  "editor of all but own": {
    signIn: "user",
    own: "DENY",
    all: onAll(["experiment", "registered_model", "prompt"], "EDIT"),
  },
} satisfies Record<string, Kind>;

export type Caller = keyof typeof kinds;

export const callers = Object.keys(kinds) as Caller[];

export const kindOf = (caller: Caller): Kind => kinds[caller];

/** Those who have a name of their own, beside the admin that the server starts with. */
export const users = callers.filter((caller) => kindOf(caller).signIn === "user");
