import { readFileSync } from "node:fs";

/** The names of the events in the table of docs/operate.md, by the group that they are in. */
export function documentedEvents(): Map<string, string[]> {
  const [, section = ""] = /^## Audit$(.*?)^## /ms.exec(readFileSync("docs/operate.md", "utf8")) ?? [];
  const rows = [...section.matchAll(/^\| ([^|]+) \| (`[^|]+) \|/gm)];
  return new Map(
    rows.map(([, group, events]) => [group!, [...events!.matchAll(/`([^`]+)`/g)].map(([, name]) => name!)]),
  );
}
