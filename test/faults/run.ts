/** `npm run faults`: the app under faults; a lost or wrong write or a hang is an error. */
import { parseArgs } from "node:util";
import { type Scenario, Skipped } from "./scenario.ts";
import { scenarios } from "./scenarios/index.ts";
import { Stage } from "./stage.ts";

const help = `Kills, freezes and starves what the app runs on, under load: npm run faults -- [options]

  --only <a,b>   these scenarios only
  --help         this text

${scenarios.map(({ name, about }) => `  ${name.padEnd(18)} ${about}`).join("\n")}

Every write that was answered with 200 is looked up at the end, and every one that was answered with 429. Exits with 1 where
one is lost, doubled or wrong, where a request has no answer, or where an answer is none of 200, 429 and 503. Takes at most
10 minutes in all, and leaves nothing behind.`;

const totalLimit = 600_000;

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { only: { type: "string" }, help: { type: "boolean", short: "h" } } });
  if (values.help) return console.log(help);
  const started = performance.now();
  console.log("| Scenario | s | Acknowledged | Refused (429) | Unknown | Result |\n|---|---|---|---|---|---|");
  for (const scenario of chosen(values.only)) {
    const left = totalLimit - (performance.now() - started);
    if (!(await play(scenario, Math.min(scenario.limit, left)))) process.exitCode = 1;
  }
}

function chosen(only: string | undefined): Scenario[] {
  if (only === undefined) return scenarios;
  return only.split(",").map((name) => {
    const scenario = scenarios.find((each) => each.name === name);
    if (!scenario) throw new Error(`There is no scenario '${name}': see npm run faults -- --help.`);
    return scenario;
  });
}

/** Plays one scenario and prints its line. */
async function play(scenario: Scenario, limit: number): Promise<boolean> {
  const started = performance.now();
  const line = (...cells: (string | number)[]) => {
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    console.log(`| ${[scenario.name, seconds, ...cells].join(" | ")} |`);
  };
  if (limit <= 0) {
    line("", "", "", "WRONG: not played, since the 10 minutes were over");
    return false;
  }
  const stage = await Stage.open();
  try {
    const { load, note = "", wrong = [] } = await within(limit, scenario.run(stage));
    const result = wrong.length > 0 ? `WRONG: ${wrong.join("; ")}` : "good";
    const counts = (["acknowledged", "refused", "unknown"] as const).map((outcome) => load.count(outcome));
    line(...counts, note ? `${result}. ${note}` : result);
    return wrong.length === 0;
  } catch (error) {
    const skipped = error instanceof Skipped;
    line("", "", "", skipped ? `skipped: ${error.message}` : `WRONG: ${(error as Error).message}`);
    return skipped;
  } finally {
    await stage.close();
  }
}

async function within<T>(milliseconds: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new Error(`hangs: no end after ${Math.round(milliseconds / 1000)} s`)),
      milliseconds,
    );
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}

main().then(
  () => process.exit(),
  (error: Error) => {
    console.error(error.message);
    process.exit(1);
  },
);
