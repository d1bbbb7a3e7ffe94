/** What answers mean, and how they compare with what stock answered and with what a route's rule says. */
import type { Answers } from "./scenario/answers.ts";
import { type Caller, kindOf } from "./scenario/callers.ts";
import { type Example, nameOf } from "./scenario/example.ts";
import { type Defaults, Rights } from "./scenario/meaning.ts";

/**
 * What was decided: `unknown caller` (401), `refused` (403), `absent` (404 where the admin gets something else),
 * `as admin` or what it shows, or the answer itself.
 */
function decisionOf(answers: Answers, caller: Caller): string {
  const [answer = "none", admin = "none"] = [answers[caller], answers.admin];
  const [said = "", shown] = answer.split(" sees ");
  const status = said.slice(0, 3);
  if (status === "401") return "unknown caller";
  if (status === "403") return "refused";
  if (status === admin.slice(0, 3)) return shown === undefined ? "as admin" : `sees ${shown}`;
  return status === "404" ? "absent" : answer;
}

export interface Difference {
  example: Example;
  caller: Caller;
  stock: string;
  ours: string;
}

/** Where two servers decided otherwise. */
export function differences(example: Example, stock: Answers, ours: Answers): Difference[] {
  const asked = Object.keys(ours) as Caller[];
  return asked
    .map((caller) => ({ example, caller, stock: decisionOf(stock, caller), ours: decisionOf(ours, caller) }))
    .filter((decided) => decided.stock !== decided.ours);
}

export interface Judged {
  defaults: Defaults;
  /** Routes that send whoever has not signed in to where one does. */
  redirects?: string[];
}

/** How a route's rule is contradicted by the answers to one of its examples. */
export function contradictions(
  example: Example,
  text: string,
  answers: Answers,
  { defaults, redirects = [] }: Judged,
): string[] {
  const asked = Object.keys(answers) as Caller[];
  return asked.flatMap((caller) => {
    const decision = decisionOf(answers, caller);
    const expected = expectedOf(example, text, caller, defaults);
    if (expected.includes(decision)) return [];
    if (expected.includes("unknown caller") && redirects.includes(example.at) && decision.startsWith("302")) return [];
    return [`${nameOf(example)}, ${caller}: ${answers[caller]}, not ${expected.join(" or ")}, as by "${text}"`];
  });
}

const no = ["refused", "absent"];

function expectedOf(example: Example, text: string, caller: Caller, defaults: Defaults): string[] {
  const { signIn } = kindOf(caller);
  const { shows } = example;
  if (example.signsIn === false) return ["unknown caller"];
  if ((signIn === "none" || signIn === "wrong") && text !== "open") return ["unknown caller"];
  const rights = new Rights(caller, defaults);
  if (text === "open") return ["as admin"];
  if (!rights.comesIn) return ["refused"];
  // Nothing is granted on what is not there, and whoever may not read it must not learn that.
  if (example.absent) return signIn === "admin" ? ["as admin"] : ["as admin", "refused"];
  if (!rights.may(text, example)) return no;
  if (example.reads && !rights.sees(example.reads, "own")) return no;
  if (!shows) return ["as admin"];
  if (shows.noun === "granted model" && !rights.hasRoles) return ["refused"];
  const asked = shows.of ?? (["own", "other"] as const);
  const seen = asked.filter((place) =>
    shows.noun === "granted model" ? rights.knowsGrants(place) : rights.sees(shows.noun, place, shows.isPrompt),
  );
  const all = seen.length === asked.length || !shows.together;
  return [`sees ${(all && seen.join(", ")) || "nothing"}`];
}
