/** Where this app answers otherwise than stock MLflow 3.18.0, on purpose. */
export interface Explained {
  /** Names of recorded requests. Each has to differ in at least one of `differs`. */
  requests: readonly string[];
  /** The paths that differ, as the comparison writes them; `body` stands for everything below it too. */
  differs: readonly string[];
  reason: string;
}

export const explained: readonly Explained[] = [];
