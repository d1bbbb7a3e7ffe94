import { randomBytes } from "node:crypto";
import { Load, pause } from "../load.ts";
import type { Scenario } from "../scenario.ts";
import { freeze } from "../stage.ts";
import { timeOf } from "../time-of.ts";

const seconds = 15;
const waiting = 27;

/** Storage takes connections and answers nothing; what needs it not goes on. */
export const freezeAzurite: Scenario = {
  name: "freeze-azurite",
  about: `Azurite frozen by SIGSTOP for ${seconds} s, with ${waiting} requests waiting for it, beside a load of writes to the database`,
  limit: 150_000,
  run: async (stage) => {
    const { uri } = await stage.postgres();
    const azurite = await stage.azurite();
    const storage = {
      AZURE_STORAGE_CONNECTION_STRING: azurite.connectionString,
      AzureWebJobsStorage: azurite.connectionString,
    };
    const app = await stage.app({ MLFLOW_BACKEND_STORE_URI: uri, ...storage });
    const files = new Files(app.url);
    await files.write("before");
    const load = new Load({ urls: [app.url], clients: 8 });
    const wrong: string[] = [];
    await load.progress(100, 20_000);
    const thaw = await freeze(azurite.pid);
    const during = Array.from({ length: waiting }, (_, index) => files.write(`during-${index}`));
    await pause(1000);
    const health = await timeOf(`${app.url}/health`, 10_000);
    if (health === undefined) wrong.push("/health had no answer within 10 s");
    if (!(await load.progress(50, (seconds - 1) * 1000))) wrong.push("fewer than 50 writes to the database meanwhile");
    await pause(1000);
    await thaw();
    await Promise.all(during);
    await load.stop();
    if (!(await files.write("after"))) wrong.push("no file could be written after");
    wrong.push(...(await files.check()), ...(await load.check(uri)));
    return { load, note: `/health ${health} ms meanwhile; ${files.note()}`, wrong };
  },
};

const patience = 90_000;

/** Files written through the app, each remembered where it was acknowledged. */
class Files {
  private readonly acknowledged = new Map<string, string>();
  private readonly others = new Map<number, number>();

  constructor(private readonly url: string) {}

  private address = (name: string) => `${this.url}/api/2.0/mlflow-artifacts/artifacts/faults/${name}.txt`;

  /** Whether the file was acknowledged. */
  async write(name: string): Promise<boolean> {
    const body = randomBytes(1000).toString("hex");
    const signal = AbortSignal.timeout(patience);
    const answer = await fetch(this.address(name), { method: "PUT", body, signal }).catch(() => undefined);
    const status = answer?.status ?? 0;
    await answer?.arrayBuffer().catch(() => {});
    if (status === 200) this.acknowledged.set(name, body);
    else this.others.set(status, (this.others.get(status) ?? 0) + 1);
    return status === 200;
  }

  /** Reads what was acknowledged. Says what is not as it was written, and which requests had no answer. */
  async check(): Promise<string[]> {
    const problems: string[] = [];
    for (const [name, body] of this.acknowledged) {
      const answer = await fetch(this.address(name), { signal: AbortSignal.timeout(30_000) }).catch(() => undefined);
      if ((await answer?.text()) !== body) problems.push(`the acknowledged file ${name} is not as it was written`);
    }
    for (const [status, times] of this.others)
      if (![429, 503].includes(status)) problems.push(`${times} x ${status || "no answer"} to a file's PUT`);
    return problems;
  }

  note(): string {
    const others = [...this.others].map(([status, times]) => `, ${times} x ${status}`);
    return `${this.acknowledged.size} files acknowledged${others.join("")}`;
  }
}
