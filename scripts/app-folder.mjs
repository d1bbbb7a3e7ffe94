import { existsSync } from "node:fs";
import { cp, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { noticesOf } from "./notices.mjs";

/**
 * Makes the folder that is deployed: it needs no other file and no installed package. What was there before is removed
 * first, so that nothing old is deployed where this fails.
 */
export async function writeAppFolder(built, folder) {
  await rm(folder, { recursive: true, force: true });
  const parts = ["main.cjs", "lib", "migrations", "ui"].filter(
    (part) => part !== "ui" || existsSync(join(built, part)),
  );
  const notices = await thirdPartyNotices(built);
  const scratch = `${folder}.partial`;
  await rm(scratch, { recursive: true, force: true });
  await mkdir(scratch, { recursive: true });
  for (const part of parts) await cp(join(built, part), join(scratch, part), { recursive: true });
  // Only `npm run migrate` takes the steps of older databases.
  await rm(join(scratch, "migrations/steps"), { recursive: true, force: true });
  await rm(join(scratch, "migrations/auth"), { recursive: true, force: true });
  for (const file of ["host.json", "LICENSE"]) await cp(file, join(scratch, file));
  await writeFile(join(scratch, "package.json"), await minimalPackage());
  await writeFile(join(scratch, "THIRD-PARTY-NOTICES.txt"), notices);
  await rename(scratch, folder);
}

async function minimalPackage() {
  const { name, version, description, license, engines } = JSON.parse(await readFile("package.json", "utf8"));
  const content = { name, version, description, license, private: true, main: "main.cjs", engines };
  return `${JSON.stringify(content, undefined, 2)}\n`;
}

async function thirdPartyNotices(built) {
  const packages = JSON.parse(await readFile(join(built, "packages.json"), "utf8"));
  const page = join(built, "ui/files.json");
  const { version } = existsSync(page) ? JSON.parse(await readFile(page, "utf8")) : {};
  const pageNotice = `The page in ui/ and the prices in ui/prices.json are those of mlflow ${version} (Apache-2.0, see LICENSE), Copyright 2018 Databricks, Inc.
The licences of what is in its scripts are in ui/, in the files *.LICENSE.txt.\n\n`;
  return `main.cjs and lib/ contain code of the packages below.\n${version ? pageNotice : "\n"}${await noticesOf(packages)}`;
}
