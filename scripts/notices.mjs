/** The licences of the packages whose code is in the app's bundles. */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

/** The folders of the packages that contribute code to these outputs of an esbuild metafile. */
export function packagesIn(outputs) {
  const inputs = outputs.flatMap((output) => Object.entries(output.inputs));
  const folders = inputs.filter(([, { bytesInOutput }]) => bytesInOutput > 0).map(([path]) => packageOf(path));
  return [...new Set(folders.filter(Boolean))].sort();
}

// The innermost of nested packages; a name may have a scope.
const packageOf = (path) => /^.*node_modules\/(@[^/]+\/)?[^/]+(?=\/)/.exec(path)?.[0];

/**
 * Name, version, licence and its text for each package.
 * @throws Error that names the packages without a licence or without its text
 */
export async function noticesOf(folders) {
  const packages = await Promise.all(folders.map(readPackage));
  const lacking = packages.filter(({ license, text }) => !license || !text).map(({ name }) => name);
  if (lacking.length > 0) throw new Error(`These packages lack a licence or its text: ${lacking.join(", ")}.`);
  const headings = new Map();
  for (const { name, version, license, text } of packages)
    headings.set(text, [...(headings.get(text) ?? []), `${name} ${version} (${license})`]);
  const sections = [...headings].map(([text, names]) => `${[...new Set(names)].join("\n")}\n\n${text}\n`);
  return sections.join(`\n${"-".repeat(80)}\n\n`);
}

async function readPackage(folder) {
  const read = async (file) => (await readFile(join(folder, file), "utf8")).replaceAll("\r\n", "\n").trim();
  const { name, version, license } = JSON.parse(await read("package.json"));
  const files = (await readdir(folder)).sort();
  const texts = await Promise.all(files.filter((file) => /^(licen[cs]e|copying|notice)\b/i.test(file)).map(read));
  if (texts.length === 0) {
    const readme = files.find((file) => /^readme\b/i.test(file));
    if (readme) texts.push(licenceSection(await read(readme)));
  }
  if (!texts.some(Boolean)) texts.push(await fromItsSources(name));
  return { name, version, license, text: texts.filter(Boolean).join("\n\n") };
}

/** Of the few that have it in their sources only: put together by hand, for the version in package-lock.json. */
const fromItsSources = (name) => readFile(join("scripts/licences", `${name}.txt`), "utf8").catch(() => "");

/** Some packages have their licence in the README only, under a heading at its end. */
function licenceSection(readme) {
  const [, section = ""] = /^#+ *licen[cs]e *\n([\s\S]*)$/im.exec(readme) ?? [];
  return /copyright/i.test(section) ? section.trim() : "";
}
