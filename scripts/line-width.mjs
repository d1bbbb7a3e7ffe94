/** Refuses comments wider than the formatter lets code be: it wraps code only. Its long strings stay whole. */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";

const { formatter } = JSON.parse(readFileSync("biome.json", "utf8"));
const sources = ["*.ts", "*.mjs", "*.cjs", "*.peggy", "*.py", "*.yml"];
const listed = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard", "--", ...sources]);

const isComment = (line) => /^\s*(\/\/|\/?\*|#)/.test(line);

const long = listed
  .toString()
  .split("\n")
  .filter((file) => file !== "" && existsSync(file))
  .flatMap((file) =>
    readFileSync(file, "utf8")
      .split("\n")
      .flatMap((line, at) => (isComment(line) && line.length > formatter.lineWidth ? [`${file}:${at + 1}`] : [])),
  );

for (const place of long) console.error(`${place}: a comment of more than ${formatter.lineWidth} columns`);
process.exitCode = long.length > 0 ? 1 : 0;
