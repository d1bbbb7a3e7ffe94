/** The app's own tables, read where no host runs: the library would warn of each function that it can't hand over. */
export async function readApp() {
  const { warn } = console;
  console.warn = () => {};
  try {
    return await import("../functions/main.ts");
  } finally {
    console.warn = warn;
  }
}
