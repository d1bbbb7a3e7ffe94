/** What an import did, for the person who called it. */
import { Course } from "./course.ts";
import type { Destination } from "./experiments.ts";
import { few } from "./local-artifacts.ts";
import { inExperiments, type Kind, nouns, type TableName } from "./tables.ts";
import type { Unit } from "./target.ts";
import type { Uploaded } from "./uploads.ts";

const kinds: Kind[] = ["experiments", ...inExperiments, "registered_models"];

/** Rows that are worth a number beside what they belong to. */
const rowNouns: Partial<Record<TableName, string>> = {
  metrics: "points of metrics",
  params: "params",
  tags: "tags",
  model_versions: "model versions",
  spans: "spans",
  assessments: "assessments",
};

const number = new Intl.NumberFormat("en-US");

export class Report {
  /** What is there with other content, or can't be stored. */
  readonly conflicts: string[] = [];
  /** Sentences on what does not come along. */
  readonly left: string[] = [];
  readonly course = new Course();
  uploads: Uploaded = { files: 0, bytes: 0, there: 0, refused: [] };
  private readonly destinations: readonly Destination[];
  private readonly bringsFiles: boolean;
  private readonly rows = new Map<TableName, number>();
  private readonly things = new Map<Kind, { fresh: number; all: number }>();
  private readonly versions: string[] = [];
  private readonly kept = new Map<string, number>();

  /** @param bringsFiles false where files stay for a later run, of which nothing is said */
  constructor(found: readonly Destination[], bringsFiles: boolean) {
    this.destinations = found;
    this.bringsFiles = bringsFiles;
  }

  /** Takes up what a transaction has written, once it is committed. */
  finished({ written, things }: Unit): void {
    for (const [table, count] of written) this.rows.set(table, (this.rows.get(table) ?? 0) + count);
    for (const [kind, { fresh, all }] of things) this.counted(kind, all, fresh);
  }

  counted(kind: Kind, all: number, fresh = all): void {
    const known = this.things.get(kind) ?? { fresh: 0, all: 0 };
    this.things.set(kind, { fresh: known.fresh + fresh, all: known.all + all });
  }

  /** Notes artifacts that stay where they are. */
  staysAt(uri: string): void {
    const place = /^[a-z][a-z0-9+.-]*:\/*[^/]*/i.exec(uri)?.[0] ?? uri;
    this.kept.set(place, (this.kept.get(place) ?? 0) + 1);
  }

  /** Notes a version whose files can't be read. */
  versionStays(sentence: string): void {
    this.versions.push(sentence);
  }

  text(dryRun: boolean): string {
    const things = kinds.flatMap((kind) => this.thingsText(kind, dryRun));
    const rows = [...this.rows].flatMap(([table, count]) =>
      rowNouns[table] && count > 0 ? [`${number.format(count)} ${rowNouns[table]}`] : [],
    );
    const lines = [
      ...things,
      ...(rows.length > 0 ? [`With ${rows.join(", ")}.`] : []),
      ...(this.bringsFiles ? [this.filesText(dryRun)] : []),
      ...this.destinations
        .filter(({ id, source }) => id !== source.id)
        .map(
          ({ id, source }) => `Experiment ${source.id} ('${source.name}') ${dryRun ? "would be" : "is"} ${id} here.`,
        ),
    ];
    return [lines.join("\n"), this.leftText(), this.conflictText(), this.course.text()].filter(Boolean).join("\n\n");
  }

  private filesText(dryRun: boolean): string {
    const { files, bytes, there } = this.uploads;
    const known = there > 0 ? `; ${number.format(there)} were there` : "";
    return `${dryRun ? "Would upload" : "Uploaded"} ${counted(files, "file")} of artifacts (${number.format(bytes)} bytes)${known}.`;
  }

  private thingsText(kind: Kind, dryRun: boolean): string[] {
    const { fresh, all } = this.things.get(kind) ?? { fresh: 0, all: 0 };
    if (all === 0) return [];
    if (dryRun) return [`Found ${counted(all, ...nouns[kind])}.`];
    const there = all > fresh ? `; ${number.format(all - fresh)} were there with the same content` : "";
    return [`Imported ${counted(fresh, ...nouns[kind])}${there}.`];
  }

  private leftText(): string {
    const places = this.bringsFiles ? [...this.kept] : [];
    const versions = this.bringsFiles ? few(this.versions) : [];
    const kept = places.map(([place, count]) => `The files of ${count} artifact locations stay at ${place}.`);
    const all = [...kept, ...versions, ...few(this.uploads.refused), ...this.left];
    return all.length > 0 ? `Not brought along:\n${all.map((line) => `- ${line}`).join("\n")}` : "";
  }

  private conflictText(): string {
    return this.conflicts.length > 0
      ? `Not imported:\n${few(this.conflicts)
          .map((line) => `- ${line}`)
          .join("\n")}`
      : "";
  }
}

const counted = (count: number, one: string, many = `${one}s`) => `${number.format(count)} ${count === 1 ? one : many}`;
