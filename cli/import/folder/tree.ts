/** Reads a folder that MLflow's file store wrote. Links are never followed. */
import { closeSync, constants, fstatSync, lstatSync, openSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import type { Value } from "../tables.ts";
import { Conflict } from "../target.ts";

/** What a meta.yaml says. Whole numbers are bigints. */
export type Meta = Readonly<Record<string, unknown>>;

/** Files of metadata and metrics are read whole: about as much as a text may have. */
const largest = 2 ** 29 - 2 ** 25;

export class Tree {
  /** Sentences on what was left out. */
  readonly left = new Set<string>();
  private readonly root: string;

  constructor(root: string) {
    this.root = root;
  }

  /** Names of the folders in a folder. */
  folders(...path: string[]): string[] {
    return this.entries(path).filter((name) => this.kindOf(...path, name) === "folder");
  }

  /** Names of the files below a folder, with slashes: a key may have some. */
  files(...path: string[]): string[] {
    return this.entries(path).flatMap((name) => {
      const kind = this.kindOf(...path, name);
      if (kind === "folder") return this.files(...path, name).map((below) => `${name}/${below}`);
      return kind === "file" ? [name] : [];
    });
  }

  isFolder(...path: string[]): boolean {
    return this.kindOf(...path) === "folder";
  }

  isFile(...path: string[]): boolean {
    return this.kindOf(...path) === "file";
  }

  /** @throws Conflict for one that can't be read */
  text(...path: string[]): string {
    const file = join(this.root, ...path);
    try {
      const handle = openSync(file, constants.O_RDONLY | constants.O_NOFOLLOW);
      try {
        if (fstatSync(handle).size > largest) throw new Error("it is too large");
        return readFileSync(handle, "utf8");
      } finally {
        closeSync(handle);
      }
    } catch (error) {
      throw new Conflict(`${file} can't be read: ${(error as Error).message}.`);
    }
  }

  /** The contents of all files below a folder by their names: tags and params. */
  texts(...path: string[]): [key: string, value: string][] {
    return this.files(...path).map((name) => [name, this.text(...path, name)]);
  }

  /** A file of YAML as its members; undefined, and noted, where there is none that can be read. */
  meta(...path: string[]): Meta | undefined {
    const file = join(this.root, ...path);
    if (!this.isFile(...path)) {
      this.left.add(`${file} is missing, so its folder was left out.`);
      return undefined;
    }
    try {
      const read: unknown = parse(this.text(...path), { version: "1.1", intAsBigInt: true, schema: "yaml-1.1" });
      if (read !== null && typeof read === "object" && !Array.isArray(read)) return read as Meta;
      this.left.add(`${file} holds no members, so its folder was left out.`);
    } catch (error) {
      const [sentence] = (error as Error).message.split("\n");
      this.left.add(`${file} can't be read, so its folder was left out: ${sentence}`);
    }
    return undefined;
  }

  private entries(path: string[]): string[] {
    if (path.length > 0 && !this.isFolder(...path)) return [];
    return readdirSync(join(this.root, ...path)).sort();
  }

  /** Each folder on the way was listed as one that is no link. */
  private kindOf(...path: string[]): "file" | "folder" | undefined {
    const file = join(this.root, ...path);
    const stats = lstatSync(file, { throwIfNoEntry: false });
    if (stats?.isSymbolicLink()) this.left.add(`The symbolic link ${file}: links are not followed.`);
    return stats?.isDirectory() ? "folder" : stats?.isFile() ? "file" : undefined;
  }
}

/** A member that a column can hold. */
export function fieldOf(meta: Meta, ...names: string[]): Value {
  for (const name of names) {
    const value = meta[name];
    if (
      typeof value === "string" ||
      typeof value === "number" ||
      typeof value === "bigint" ||
      typeof value === "boolean"
    )
      return value;
  }
  return null;
}

export function textOf(meta: Meta, ...names: string[]): string | null {
  const value = fieldOf(meta, ...names);
  return value === null || value === undefined ? null : String(value);
}
