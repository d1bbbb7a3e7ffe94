interface Core {
  getProgrammingModel(): unknown;
  /** Set by the embedded host, which shares its process with others. */
  embedded?: true;
}

/** What the Node worker provides to the app; undefined where there is none, in a test that imports the app's code. */
export function functionsCore(): Core | undefined {
  try {
    return require("@azure/functions-core");
  } catch {
    return undefined;
  }
}
