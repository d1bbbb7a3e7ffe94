/** Which rows the statements of a request see and change. A `Db` carries it to the store functions. */
export interface Scope {
  workspace: string;
}

/** What every request sees: there is one workspace. */
export const defaultScope: Scope = { workspace: "default" };
