import { readFileSync } from "node:fs";
import { expect, it } from "vitest";

const [, table] = /^## Settings\n(.*?)^## /ms.exec(readFileSync("README.md", "utf8"))!;

/** The names at the start of a line of the schemas of settings. */
const namesIn = (file: string) =>
  [...readFileSync(file, "utf8").matchAll(/^ {2}((?:MLFLOW|AZURE|Azure|WEBSITE|FUNCTIONS|OTEL)\w+):/gm)].map(
    ([, name]) => name!,
  );

it("README's table has every setting that the app reads", () => {
  const names = ["config", "identity/entra-settings"].flatMap((file) => namesIn(`shared/platform/${file}.ts`));
  expect(names.length).toBeGreaterThan(45);
  expect(names.filter((name) => !table!.includes(`\`${name}\``))).toEqual([]);
});
