/** The recorded answers of a stock server: test/contract/basic-auth-answers.json. */

import type { Answers } from "./answers.ts";
import { type Caller, callers } from "./callers.ts";

/** What a server is set to give of what no grant names. */
export const defaults = ["READ", "NO_PERMISSIONS"] as const;
export type Default = (typeof defaults)[number];

/** By default permission and example: who was answered what. Callers are separated by `; `. */
export type Recording = Record<Default, Record<string, Record<string, string>>>;

export const recordingFile = "test/contract/basic-auth-answers.json";

/** Callers with the same answer stand together. */
export function compact(answers: Map<string, Answers>): Recording[Default] {
  return Object.fromEntries([...answers].sort().map(([name, own]) => [name, byAnswer(own)]));
}

function byAnswer(own: Answers): Record<string, string> {
  const groups: Record<string, string> = {};
  for (const caller of callers) {
    const answer = own[caller];
    if (answer === undefined) continue;
    groups[answer] = groups[answer] === undefined ? caller : `${groups[answer]}; ${caller}`;
  }
  return groups;
}

export const whole = (groups: Record<string, string>): Answers =>
  Object.fromEntries(
    Object.entries(groups).flatMap(([answer, all]) => all.split("; ").map((caller) => [caller as Caller, answer])),
  ) as Answers;
