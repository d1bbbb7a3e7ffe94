import type { Difference } from "./compare.ts";
import type { Explained } from "./explained.ts";
import type { Result } from "./run.ts";

export interface Verdict {
  equal: Result[];
  explained: Result[];
  unexplained: Result[];
  /** Explained entries, and names in them, that no longer differ or are not in the list. */
  stale: string[];
}

/** Sorts results by what the list of explained differences says about them. */
export function judge(results: readonly Result[], entries: readonly Explained[]): Verdict {
  const verdict: Verdict = { equal: [], explained: [], unexplained: [], stale: [] };
  for (const result of results) {
    if (result.differences.length === 0) verdict.equal.push(result);
    else if (unexplained(result, entries).length === 0) verdict.explained.push(result);
    else verdict.unexplained.push(result);
  }
  verdict.stale = entries.flatMap((entry) => staleIn(entry, results));
  return verdict;
}

/** What no entry covers. */
const unexplained = (result: Result, entries: readonly Explained[]): Difference[] =>
  result.differences.filter(
    ({ path }) => !entries.some((entry) => names(entry, result.recorded.name) && covers(entry, path)),
  );

const names = (entry: Explained, name: string) => entry.requests.some((wanted) => matches(wanted, name));

const matches = (wanted: string | RegExp, name: string) =>
  typeof wanted === "string" ? wanted === name : wanted.test(name);

const covers = (entry: Explained, path: string) => entry.differs.some((expected) => isAt(path, expected));

const isAt = (path: string, expected: string) =>
  expected.endsWith("*") ? path.startsWith(expected.slice(0, -1)) : path === expected;

function staleIn(entry: Explained, results: readonly Result[]): string[] {
  const pathsOf = (wanted: string | RegExp) =>
    results
      .filter(({ recorded }) => matches(wanted, recorded.name))
      .flatMap((result) => result.differences.map(({ path }) => path));
  const paths = entry.requests.flatMap(pathsOf);
  return [
    ...entry.requests
      .filter((wanted) => !pathsOf(wanted).some((path) => covers(entry, path)))
      .map((wanted) => `"${wanted}" does not differ (${entry.reason})`),
    ...entry.differs
      .filter((prefix) => !paths.some((path) => isAt(path, prefix)))
      .map((prefix) => `"${prefix}" differs in none of its requests (${entry.reason})`),
  ];
}
