/** What each caller is answered by each example. */
import { type Caller, callers } from "./callers.ts";
import { type Sent, send } from "./client.ts";
import { type Example, Given, nameOf } from "./example.ts";
import type { Place, World } from "./world.ts";

/** The answers to one example, by caller: `200`, `403 PERMISSION_DENIED`, `200 sees own, other`. */
export type Answers = Partial<Record<Caller, string>>;

interface Call {
  example: Example;
  caller: Caller;
  sent: Sent;
}

/**
 * Asks each example as each caller. All that the examples need is made before the first of them is asked, so that a
 * server's memory of grants is not what is tested.
 */
export async function ask(world: World, examples: Example[], who: Caller[] = callers): Promise<Map<string, Answers>> {
  const pairs = examples.flatMap((example) => who.map((caller) => ({ example, caller })));
  const calls = await eachOf(pairs, async ({ example, caller }): Promise<Call> => {
    const sent = await example.ask(new Given(world, caller));
    return { example, caller, sent };
  });
  const answers = new Map<string, Answers>();
  await eachOf(calls, async ({ example, caller, sent }) => {
    const own = answers.get(nameOf(example)) ?? {};
    answers.set(nameOf(example), own);
    own[caller] = await answerTo(world, example, caller, sent);
  });
  return answers;
}

async function answerTo(world: World, example: Example, caller: Caller, sent: Sent): Promise<string> {
  const { status, code, text } = await send(world.url, example.at, sent, world.signIns.headers(caller));
  const said = code ? `${status} ${code}` : String(status);
  return example.shows && status === 200
    ? `${said} sees ${seen(world, example.shows.noun, dataOf(example, text))}`
    : said;
}

/** GraphQL's errors repeat what was asked for. */
const dataOf = ({ at }: Example, text: string) =>
  at.endsWith("/graphql") ? JSON.stringify(JSON.parse(text).data ?? null) : text;

/** Which of the world's places have something of a kind in an answer. */
function seen(world: World, noun: string, text: string): string {
  const places = (["own", "other"] as const).filter((word) =>
    namesOf(noun, world[word]).some((name) => text.includes(name)),
  );
  return places.join(", ") || "nothing";
}

/** An experiment's id is a short number, which may be in an answer for other reasons. */
function namesOf(noun: string, { experimentName, run, loggedModel, trace, model, prompt }: Place): string[] {
  if (noun === "experiment") return [experimentName];
  if (noun === "run") return [run];
  if (noun === "trace") return [trace];
  return noun === "logged model" ? [loggedModel] : [model, prompt];
}

const atOnce = 4;

async function eachOf<T, R>(items: T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  const left = items.entries();
  const worker = async () => {
    for (const [index, item] of left) results[index] = await work(item);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return results;
}
