/** What a look found, and how `npm run doctor` prints it. */
import { exitCodes, print } from "../shared/tools/command.ts";

export interface Look {
  good: boolean;
  /** It could not be looked at, which is no fault. */
  skipped?: true;
  /** The finding, or what to do. */
  text: string;
}

export interface Finding extends Look {
  name: string;
}

/** The result of a look, or why it could not be made. */
export async function found(name: string, look: () => Promise<Look>): Promise<Finding> {
  const finding = await look().catch((error: Error) => ({ good: false, text: error.message }));
  return { name, ...finding };
}

const stateOf = ({ good, skipped }: Look) => (skipped ? "skipped" : good ? "good" : "lacking");

/** Prints the findings, a line or, as JSON, an object. Answers the exit code. */
export function report(findings: readonly Finding[], asJson: boolean): number {
  const good = findings.every(({ good, skipped }) => good || skipped);
  if (asJson) {
    const listed = findings.map((finding) => ({
      name: finding.name,
      state: stateOf(finding),
      text: finding.text.replace(/\s+/g, " "),
    }));
    print(JSON.stringify({ good, findings: listed }));
  } else for (const finding of findings) print(`${stateOf(finding).padEnd(7)}  ${finding.name}: ${finding.text}`);
  return good ? exitCodes.done : exitCodes.failed;
}
