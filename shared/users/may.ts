/** Who may do what with users, roles and grants. None of it is served where nobody signs in, as in stock. */
import { denied } from "../platform/errors.ts";
import type { Rule } from "../platform/http/route.ts";
import type { Access, Resource } from "../platform/identity/access.ts";
import type { Caller } from "../platform/identity/caller.ts";
import { canonicalPattern, checkResourceType } from "../roles/rules.ts";
import { principalKey } from "./subjects.ts";

const account = <Input>(text: string, may: (input: Input, caller: Caller) => boolean): Rule<Input> => ({
  text,
  onlySignedIn: true,
  check: (input, { caller }) => {
    if (!may(input, caller)) throw denied();
  },
});

/** Whether a name is the caller's own. */
export const isSelf = ({ user }: Caller, name: string): boolean =>
  name === user.name || (!user.isBasic && principalKey(name) === user.name);

interface Named {
  username: string;
}

export const anyone = account<unknown>("signed in", () => true);

/** Which roles someone may see is decided where the role is read: a statement less. */
export const hasRole: Rule<unknown> = { ...anyone, text: "who has the role or workspace manager" };

/** The statement shows only what the caller may see. */
export const shown: Rule<unknown> = { ...anyone, text: "signed in, shows what may be read" };

export const admin = account<unknown>("admin", () => false);

export const manager = account<unknown>("workspace manager", (_, { user }) => user.access.isManager);

export const self = account<Named>("the user", ({ username }, caller) => isSelf(caller, username));

export const selfOrManager = account<Named>(
  "the user or workspace manager",
  ({ username }, caller) => isSelf(caller, username) || caller.user.access.isManager,
);

interface OnResource {
  resource_type: string;
  resource_id: string;
}

/** The keys that decide about a resource of any type: those of its own and of what it lies in. */
export function resourceKeys({ resource_type: type, resource_id }: OnResource): Resource[] {
  const id = canonicalPattern(type, resource_id);
  const own = { type, id };
  return type === "scorer" && id !== "*" ? [own, { type: "experiment", id: id.slice(0, id.indexOf("/")) }] : [own];
}

const manages = (access: Access, input: OnResource) => {
  checkResourceType(input.resource_type);
  // What is on all of a type belongs to nobody.
  return access.isManager || (input.resource_id !== "*" && access.may("manage", ...resourceKeys(input)));
};

export const managesResource = account<OnResource>("manage the resource", (input, { user }) =>
  manages(user.access, input),
);
