import { createHash } from "node:crypto";

// Long texts are filters that are rarely sent twice; keeping their plans costs more memory than it saves time. The
// longest statement that is the same every time, for spans with tokens, has 11,100 characters.
const longest = 13_000;
const most = 200;

/**
 * Names of prepared statements. A name is a hash of its text, so that behind a pooler a name can never run another
 * statement. A text gets one when it comes for the second time; texts that were not used among the last few hundred are
 * forgotten.
 */
export class StatementNames {
  // Two generations: a text costs one look-up while it is in use, where an exact order would cost four changes.
  private recent = new Map<string, string | undefined>();
  private older = new Map<string, string | undefined>();
  isOn: boolean;

  constructor(on: boolean) {
    this.isOn = on;
  }

  /** The name to run a statement under, or undefined to run it without. */
  of(text: string): string | undefined {
    if (!this.isOn || text.length > longest) return undefined;
    const known = this.recent.get(text);
    if (known !== undefined) return known;
    const isKnown = this.recent.has(text) || this.older.has(text);
    const name = isKnown ? (this.older.get(text) ?? nameOf(text)) : undefined;
    if (this.recent.size >= most) {
      this.older = this.recent;
      this.recent = new Map();
    }
    this.recent.set(text, name);
    return name;
  }

  /** From now on: the pooler mixes up the sessions' statements. */
  turnOff(): void {
    this.isOn = false;
    this.recent.clear();
    this.older.clear();
  }
}

/**
 * Statements that one connection may have prepared before it is replaced: they stay in the server's memory until it
 * ends.
 */
export const mostPerConnection = 3 * most;

const nameOf = (text: string) => `mlfn_${createHash("sha256").update(text).digest("base64url").slice(0, 22)}`;

/**
 * No such prepared statement, or one of that name already: a pooler has mixed up sessions. The statement itself has not
 * run.
 */
export const isMixedUp = (state: string | undefined): boolean => state === "26000" || state === "42P05";
