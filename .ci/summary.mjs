/**
 * Names what failed in a CI run, so that the end of its record shows it, and then prints the totals.
 * `node .ci/summary.mjs <folder> [failed step ...]`: the folder holds each step's log and vitest's report of each run.
 */
import { existsSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";

const [folder, ...failedSteps] = process.argv.slice(2);
const runs = ["test", "test:acceptance", "test:ui"];

const reportOf = (run) => {
  const file = join(folder, `${run}.json`);
  return existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : undefined;
};

const firstLine = (text) => (text ?? "").trim().split("\n")[0];

/** A line for each failed test of a report, and for each file that could not be loaded. */
const failuresOf = ({ testResults }) =>
  testResults.flatMap(({ name, status, message, assertionResults }) => {
    const file = relative(process.cwd(), name);
    const tests = assertionResults.filter((test) => test.status === "failed");
    if (status === "failed" && tests.length === 0) return [`${file}: ${firstLine(message)}`];
    return tests.map(({ fullName, failureMessages }) => `${file}: ${fullName}: ${firstLine(failureMessages[0])}`);
  });

/** What a step printed last: it failed without a failed test, as by an error outside of the tests. */
const endOf = (step) => {
  const file = join(folder, `${step}.log`);
  const lines = existsSync(file) ? readFileSync(file, "utf8").trimEnd().split("\n").slice(-15) : [];
  return [`npm run ${step} failed`, ...lines.map((line) => `  ${line}`)];
};

const reports = new Map(runs.map((run) => [run, reportOf(run)]));
const failures = new Map([...reports].map(([run, report]) => [run, report ? failuresOf(report) : []]));
const withoutReport = runs.filter((run) => !reports.get(run));
const others = new Set([...failedSteps, ...withoutReport].filter((step) => !failures.get(step)?.length));

const count = [...failures.values()].flat().length + others.size;
if (count > 0) console.log("\nWhat failed:");
for (const line of [...failures.values()].flat()) console.log(line);
for (const step of others) console.log(endOf(step).join("\n"));

const passed = [...reports.values()].reduce((sum, report) => sum + (report?.numPassedTests ?? 0), 0);
console.log(`${passed} passed, ${count} failed`);
process.exitCode = count > 0 ? 1 : 0;
