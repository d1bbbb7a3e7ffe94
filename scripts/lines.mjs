/**
 * Refuses comments wider than the formatter lets code be, since it wraps code only (its long strings stay whole), and
 * files of more than 300 lines.
 */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";

const { formatter } = JSON.parse(readFileSync("biome.json", "utf8"));
const mostLines = 300;
const sources = ["*.ts", "*.mjs", "*.cjs", "*.peggy", "*.py", "*.yml", "*.bicep"];
const listed = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard", "--", ...sources]);

const isComment = (line) => /^\s*(\/\/|\/?\*|#)/.test(line);

function problemsOf(file) {
  const lines = readFileSync(file, "utf8").trimEnd().split("\n");
  const wide = lines.flatMap((line, at) =>
    isComment(line) && line.length > formatter.lineWidth
      ? [`${file}:${at + 1}: a comment of more than ${formatter.lineWidth} columns`]
      : [],
  );
  return lines.length > mostLines ? [...wide, `${file}: more than ${mostLines} lines`] : wide;
}

const files = listed
  .toString()
  .split("\n")
  .filter((file) => file !== "" && existsSync(file));
const problems = files.flatMap(problemsOf);
for (const problem of problems) console.error(problem);
process.exitCode = problems.length > 0 ? 1 : 0;
