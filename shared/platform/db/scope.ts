import { Access } from "../identity/access.ts";
import type { Owner, PrincipalTables } from "../identity/caller.ts";

/** Which rows the statements of a request see and change. A `Db` carries it to the store functions. */
export interface Scope {
  workspace: string;
  access: Access;
  /** Who owns what the request creates. */
  owner?: Owner;
  /** Left out where nobody signs in with Entra. */
  principals?: PrincipalTables;
}

/** There is one workspace. */
export const workspace = "default";

/** What is seen where nobody signs in. */
export const defaultScope: Scope = { workspace, access: Access.everything };
