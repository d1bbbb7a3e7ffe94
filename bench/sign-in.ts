/** `npm run bench -- --auth basic,entra`: what sign-in costs this app, and beside it a stock server with basic-auth. */
import { memoryOf, type StartedApp, startApp } from "./apps.ts";
import { call, closeConnections } from "./client.ts";
import { type Databases, machine, makeDatabases } from "./databases.ts";
import { cell, cpuCell, type Load, type Measurable, type Measured, measure, together } from "./measure.ts";
import { median } from "./median.ts";
import { fill, numbers, type Subject, scenarios } from "./scenarios.ts";
import {
  grant,
  makeEditor,
  type SignIn,
  startStockWithBasicAuth,
  stockSignIn,
  waysToSignIn,
} from "./ways-to-sign-in.ts";

interface Options extends Load {
  runs: number;
  rounds: number;
  /** Whether to measure a stock server too, whose requests take seconds. */
  withStock: boolean;
  chosen: [string, (subject: Subject) => Promise<unknown>][];
}

/** This app with a way to sign in. */
interface SignedIn {
  app: StartedApp;
  signIn: SignIn;
  subject: Measurable;
}

const withoutSignIn = { MLFLOW_FUNCTIONS_AUTH: "none" };

/** @param modes values of MLFLOW_FUNCTIONS_AUTH, one each */
export async function compareSignIn(modes: string[], options: Options): Promise<void> {
  const databases = await makeDatabases("app", "stock", "auth");
  const ways = await waysToSignIn();
  const apps: StartedApp[] = [];
  let stopStock = async () => {};
  try {
    const [appDatabase, stockDatabase, authDatabase] = databases.uris as [string, string, string];
    const start = async (database: string, settings: Record<string, string>) => {
      const app = await startApp(database, databases.folder, undefined, settings);
      apps.push(app);
      return app;
    };
    const plain = await start(appDatabase, withoutSignIn);
    const subject = await filled("none", plain, databases, options.runs);
    const signedIn: SignedIn[] = [];
    for (const mode of modes) {
      const signIn = await ways.of(mode);
      const app = await start(appDatabase, signIn.settings);
      await makeEditor(app.url, signIn, subject);
      const { url, pid } = app;
      signedIn.push({ app, signIn, subject: { ...subject, name: mode, url, pid, headers: signIn.editor } });
    }
    const stockSubject = async (): Promise<Measurable> => {
      const stock = await startStockWithBasicAuth(stockDatabase, authDatabase, databases.folder);
      stopStock = stock.stop;
      // Filled by this app, which is many times faster.
      const writer = await start(stockDatabase, withoutSignIn);
      const wholly = { ...(await filled("stock", writer, databases, options.runs)), url: stock.url, pid: stock.pid };
      writer.process.kill();
      await makeEditor(stock.url, stockSignIn, wholly);
      return { ...wholly, headers: stockSignIn.editor };
    };
    const stock = options.withStock ? await stockSubject() : undefined;
    await databases.settle();
    console.log(machine());
    const subjects = [subject, ...signedIn.map((each) => each.subject)];
    for (const each of subjects) await warmUp(each, options);
    await compareScenarios(subjects, stock, options);
    await compareManyModels(subject, signedIn);
    for (const { app, subject } of signedIn)
      console.log(`Resident memory with ${subject.name} after the load: ${await memoryOf(app.pid)}`);
  } finally {
    closeConnections();
    for (const { process } of apps) process.kill();
    await stopStock();
    await ways.close();
    await databases.stop();
  }
}

const filled = async (name: string, app: StartedApp, { pid }: Databases, runs: number): Promise<Measurable> => ({
  ...(await fill(name, { url: app.url }, runs)),
  pid: app.pid,
  postgres: pid,
});

/** As many as it has workers: a request of more would wait for minutes. */
const clientsOfStock = 2;

const cpuOf = ({ cpu, postgresCpu }: Measured) => cpu + postgresCpu;

const warm = 4000;

/** Node compiles what is called often, and the first thousands of requests cost twice what later ones do. */
async function warmUp(subject: Measurable, { clients }: Load): Promise<void> {
  const get = scenarios.get_run!;
  for (let answered = 0; answered < warm; )
    answered += (await measure(subject, get, { clients, seconds: 0.5 })).answered;
}

async function compareScenarios(
  subjects: Measurable[],
  stock: Measurable | undefined,
  options: Options,
): Promise<void> {
  const [plain, ...others] = subjects.map(({ name }) => name);
  const heads = others.flatMap((name) => [name, `of ${plain} (median of rounds)`, `CPU of ${name}`, `of ${plain}`]);
  const columns = ["Scenario", `${plain} ops/s (p50, p95 ms)`, `CPU of ${plain}`, ...heads];
  const ofStock = stock ? ["stock with basic-auth", ...others.map((name) => `${name} to stock`)] : [];
  console.log(`
The editor's rights come from grants, and nothing else is open to them (default_permission NO_PERMISSIONS).
CPU is microseconds a request, of the server + of PostgreSQL. Stock's credential cache is off, as by default; ${clientsOfStock} clients, one round.
| ${[...columns, ...ofStock].join(" | ")} |
|${[...columns, ...ofStock].map(() => "---").join("|")}|`);
  for (const [name, scenario] of options.chosen) {
    const rounds = await inTurns(subjects, scenario, options);
    const all = rounds.map(together);
    const beside = stock && (await measure(stock, scenario, { ...options, clients: clientsOfStock }));
    const cells = all.slice(1).flatMap((one, index) => {
      const each = rounds[index + 1]!.map(({ perSecond }, round) => perSecond / rounds[0]![round]!.perSecond);
      const ratio = `${(one.perSecond / all[0]!.perSecond).toFixed(2)} (${median(each).toFixed(2)})`;
      return [cell(one), ratio, cpuCell(one), (cpuOf(one) / cpuOf(all[0]!)).toFixed(2)];
    });
    const toStock = beside ? all.slice(1).map(({ perSecond }) => (perSecond / beside.perSecond).toFixed(0)) : [];
    const ofStock = beside ? [cell(beside), ...toStock] : [];
    console.log(`| ${[name, cell(all[0]!), cpuCell(all[0]!), ...cells, ...ofStock].join(" | ")} |`);
  }
}

/** In short turns, since what else the machine does changes slowly. Each round begins with another one. */
async function inTurns(
  subjects: Measurable[],
  scenario: (subject: Subject) => Promise<unknown>,
  options: Options,
): Promise<Measured[][]> {
  const rounds: Measured[][] = subjects.map(() => []);
  // Longer than a turn: the first app was filled, so that its code of many a scenario is compiled already.
  for (const subject of subjects) await measure(subject, scenario, { ...options, seconds: 2 });
  for (const round of numbers(options.rounds))
    for (const turn of subjects.keys()) {
      const index = (round + turn) % subjects.length;
      rounds[index]!.push(await measure(subjects[index]!, scenario, options));
    }
  return rounds;
}

const models = 1500;
const readable = 99;

/** A search of registered models, most of which its caller may not read. */
async function compareManyModels(plain: Measurable, signedIn: SignedIn[]): Promise<void> {
  const name = (index: number) => `model-${index}`;
  for (const index of numbers(models - 1))
    await call({ url: plain.url }, "POST", "/api/2.0/mlflow/registered-models/create", { name: name(index) });
  // The scenarios' own model is among the readable ones.
  const granted = numbers(readable - 1).map((index) => name(Math.floor((index * models) / readable)));
  for (const { app, signIn } of signedIn)
    for (const each of granted)
      await grant({ url: app.url, headers: signIn.admin }, signIn, "registered_model", each, "READ");
  console.log(`\nA page of 100 of ${models} registered models, of which the editor may read ${readable}:`);
  const subjects = [plain, ...signedIn.map((each) => each.subject)];
  const times: number[][] = subjects.map(() => []);
  const found = new Set<string>();
  for (const _ of numbers(100))
    for (const [index, subject] of subjects.entries()) {
      const sent = performance.now();
      const answer = await call(subject, "GET", "/api/2.0/mlflow/registered-models/search?max_results=100");
      times[index]!.push(performance.now() - sent);
      found.add(`${subject.name}: ${(answer as { registered_models?: object[] }).registered_models?.length} models`);
    }
  console.log([...found].map((each, index) => `${each}, ${median(times[index]!).toFixed(1)} ms`).join("\n"));
}
