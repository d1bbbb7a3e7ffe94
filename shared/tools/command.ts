/** How the commands of `cli/`, `npm start` and `npm run services` read arguments, print and end. */
import { parseArgs } from "node:util";
import { SettingsError } from "../platform/config.ts";
import { MlflowError } from "../platform/errors.ts";
import { Misuse, Refusal } from "./refusal.ts";
import { withoutSecrets } from "./secrets.ts";

export const exitCodes = {
  done: 0,
  /** Something failed or is lacking. */
  failed: 1,
  /** The arguments make no sense; nothing was done. */
  misused: 2,
} as const;

interface Option {
  type: "string" | "boolean";
  default?: string | boolean;
  /** The placeholder for the value in the help. */
  value?: string;
  help: string;
}

type Options = Record<string, Option>;

export interface Command<O extends Options> {
  /** The command as the user types it. */
  call: string;
  /** What it does: the first words of its help. */
  does: string;
  options: O;
  /** The name of its positional argument, if it takes one. */
  text?: string;
  /** Further text of its help. */
  more?: string;
}

type Values<O extends Options> = ReturnType<typeof parseArgs<{ options: O }>>["values"];

interface Arguments<O extends Options> {
  values: Values<O>;
  /** The positional argument. */
  text: string;
}

/**
 * Reads arguments; undefined where they ask for help, which is then printed.
 * @throws Misuse for arguments that the command does not take
 */
export function readArguments<const O extends Options>(
  command: Command<O>,
  args = process.argv.slice(2),
): Arguments<O> | undefined {
  const parsed = parse(command, args);
  if (!parsed.values.help) return { values: parsed.values as Values<O>, text: parsed.positionals.join(" ") };
  print(helpOf(command));
  return undefined;
}

function parse({ call, options, text }: Command<Options>, args: string[]) {
  try {
    const help = { type: "boolean", short: "h" } as const;
    return parseArgs({ args, options: { ...options, help }, allowPositionals: text !== undefined });
  } catch (error) {
    const [sentence] = (error as Error).message.split(/\.?(?:\s*\n|\. |$)/);
    throw new Misuse(`${sentence}: see ${call} -- --help.`);
  }
}

function helpOf({ call, does, options, text, more }: Command<Options>): string {
  const lines = Object.entries(options).map(([name, { value, help }]) => [
    `--${name}${value ? ` ${value}` : ""}`,
    help,
  ]);
  lines.push(["--help", "this text"]);
  const width = Math.max(...lines.map(([option]) => option!.length));
  const indented = lines.map(
    ([option, help]) => `  ${option!.padEnd(width)}  ${help!.replaceAll("\n", `\n${" ".repeat(width + 4)}`)}`,
  );
  return [`${does}: ${call} -- [options]${text ? ` [${text}]` : ""}`, indented.join("\n"), more]
    .filter(Boolean)
    .join("\n\n");
}

/** Runs a command to its end; `main` may answer another exit code than that of success. */
export async function run<const O extends Options>(
  command: Command<O>,
  main: (values: Values<O>, text: string) => Promise<number> | Promise<void>,
): Promise<void> {
  // The reader of the output may stop early, as `head` does.
  process.stdout.on("error", () => process.exit());
  try {
    const given = readArguments(command);
    process.exitCode = (given && (await main(given.values, given.text))) ?? exitCodes.done;
  } catch (error) {
    process.exitCode = sayFailure(error);
  }
}

/** Prints for the person at the terminal: no key, password or signature. */
export const print = (text: string): void => console.log(withoutSecrets(text));

/**
 * Says why a command ends: one sentence for what can be expected, the stack of anything else. Answers the exit code.
 */
export function sayFailure(error: unknown): number {
  const { message, stack } = error instanceof Error ? error : new Refusal(String(error));
  console.error(withoutSecrets(isExpected(error) ? message : (stack ?? message)));
  return error instanceof Misuse ? exitCodes.misused : exitCodes.failed;
}

/** What has a code comes from the system or from PostgreSQL; those of Node that begin so are ours. */
const isExpected = (error: unknown): boolean =>
  error instanceof Refusal ||
  error instanceof MlflowError ||
  error instanceof SettingsError ||
  !(error instanceof Error) ||
  ("code" in error && !String(error.code).startsWith("ERR_"));
