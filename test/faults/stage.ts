/** What a scenario is played on: servers of its own, all of which end with it. */
import { type ChildProcess, spawn } from "node:child_process";
import { chmod, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { nodeOptions } from "../../bench/apps.ts";
import { startAzurite } from "../../local/azurite.ts";
import { type Postgres, startPostgres } from "../../local/postgres.ts";
import { type Instance, openInstance } from "../../shared/tools/instance.ts";
import { ended, freePort } from "../../shared/tools/processes.ts";
import { pause } from "./load.ts";

/** An instance of the app in a process of its own. */
export interface App {
  url: string;
  pid: number;
  /** Lines it wrote. */
  log(): string;
  /** SIGKILL, and a new process on the same port. */
  restart(): Promise<void>;
}

export class Stage {
  private readonly endings: (() => Promise<unknown>)[] = [];

  private constructor(
    readonly folder: string,
    private readonly instance: Instance,
  ) {}

  static async open(): Promise<Stage> {
    const folder = await mkdtemp(join(tmpdir(), "mlflow-functions-faults-"));
    // As root, PostgreSQL runs as another user, who has to get through.
    await chmod(folder, 0o755);
    const stage = new Stage(folder, await openInstance(folder));
    stage.onEnd(() => rm(folder, { recursive: true, force: true }));
    return stage;
  }

  /** Is called when the scenario has ended, the last first. */
  onEnd(end: () => Promise<unknown>): void {
    this.endings.push(end);
  }

  async close(): Promise<void> {
    while (this.endings.length > 0) await this.endings.pop()!().catch((error: Error) => console.error(error.message));
  }

  /**
   * PostgreSQL with an empty database; called again after it was killed, the same one.
   * @param settings of postgresql.conf
   */
  async postgres(settings: string[] = []): Promise<Postgres> {
    const postgres = await startPostgres(this.folder, this.instance, settings);
    this.onEnd(postgres.stop);
    return postgres;
  }

  async azurite() {
    const azurite = await startAzurite(this.folder, this.instance, "127.0.0.1");
    this.onEnd(azurite.stop);
    return { ...azurite, pid: this.instance.azuritePid! };
  }

  /**
   * Starts an instance and waits for its first answer.
   * @param env settings, of which the database's URI is one
   * @param path what is asked; by default something that needs the database
   */
  async app(env: Record<string, string>, path = "/api/2.0/mlflow/experiments/get?experiment_id=0"): Promise<App> {
    const port = await freePort("127.0.0.1");
    const url = `http://127.0.0.1:${port}`;
    let child: ChildProcess;
    let log = "";
    const start = async () => {
      const args = ["--no-ui", "--port", String(port), "--data-dir", this.folder];
      child = spawn(process.execPath, [...nodeOptions, "dist/start.cjs", ...args], {
        env: { ...process.env, AZURE_STORAGE_CONNECTION_STRING: "UseDevelopmentStorage=true", ...env },
        stdio: ["ignore", "pipe", "pipe"],
      });
      for (const stream of [child.stdout!, child.stderr!])
        stream.on("data", (data) => {
          log += data;
        });
      await answers(url + path, child, () => log);
    };
    const kill = async () => {
      const gone = ended(child);
      child.kill("SIGKILL");
      if (child.exitCode === null && child.signalCode === null) await gone;
    };
    this.onEnd(kill);
    await start();
    const restart = () => kill().then(start);
    return {
      url,
      get pid() {
        return child.pid!;
      },
      log: () => log,
      restart,
    };
  }
}

async function answers(url: string, child: ChildProcess, log: () => string): Promise<void> {
  for (let waited = 0; waited < 60_000 && child.exitCode === null; waited += 20) {
    const limit = { signal: AbortSignal.timeout(5000) };
    const answer = await fetch(url, limit).catch(() => undefined);
    if (answer?.ok) return;
    await pause(20);
  }
  throw new Error(`An instance did not start: ${log().slice(-500)}`);
}

/** A process and all below it, the topmost first; Linux only. */
async function familyOf(pid: number): Promise<number[]> {
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, "utf8").catch(() => "");
  const below = await Promise.all(children.split(" ").filter(Boolean).map(Number).map(familyOf));
  return [pid, ...below.flat()];
}

/** Stops a process and all below it until the function it gives is called: what talks to them gets no answer. */
export async function freeze(pid: number): Promise<() => Promise<void>> {
  for (const each of await familyOf(pid)) process.kill(each, "SIGSTOP");
  return async () => {
    for (const each of await familyOf(pid)) process.kill(each, "SIGCONT");
  };
}
