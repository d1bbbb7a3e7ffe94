/** Where this app answers otherwise than stock MLflow 3.18.0, on purpose. */
export interface Explained {
  /** Recorded requests, by name or pattern. Each name has to differ in at least one of `differs`, each pattern to match one that does. */
  requests: readonly (string | RegExp)[];
  /** The paths that differ, as the comparison writes them; `body` stands for everything below it too. */
  differs: readonly string[];
  reason: string;
}

export const explained: readonly Explained[] = [];
