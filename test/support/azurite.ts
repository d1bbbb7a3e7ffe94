import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startAzurite } from "../../local/azurite.ts";
import { openInstance } from "../../shared/tools/instance.ts";

export interface OwnAzurite {
  connectionString: string;
  /** Stops it where it is: it takes connections and answers nothing. */
  freeze(): void;
  thaw(): void;
  stop(): Promise<void>;
}

/** An Azurite of a test's own, which it may freeze. */
export async function anAzurite(): Promise<OwnAzurite> {
  const folder = await mkdtemp(join(tmpdir(), "mlflow-functions-azurite-"));
  const instance = await openInstance(folder);
  const azurite = await startAzurite(folder, instance, "127.0.0.1");
  const send = (signal: NodeJS.Signals) => () => void process.kill(instance.azuritePid!, signal);
  return {
    connectionString: azurite.connectionString,
    freeze: send("SIGSTOP"),
    thaw: send("SIGCONT"),
    stop: async () => {
      send("SIGCONT")();
      await azurite.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
