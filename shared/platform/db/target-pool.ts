import pg from "pg";
import { choose, noteFailure, OtherServer, type Target, type Wanted } from "./targets.ts";
import { readWholeMessages } from "./whole-messages.ts";

type Lent = (error: Error | undefined, client: pg.PoolClient | undefined, release: (broken?: boolean) => void) => void;

/** A pool whose connections go to the first of several targets that can be reached, each tried once for a caller. */
export class TargetPool extends pg.Pool {
  private readonly targets: readonly Target[];
  private readonly blame: WeakMap<Error, Target>;

  /** @param targets at least one */
  constructor(options: pg.PoolConfig, targets: readonly Target[]) {
    const blame = new WeakMap<Error, Target>();
    super({ ...options, Client: clientFor(targets, (error, target) => blame.set(error, target)) });
    this.targets = targets;
    this.blame = blame;
  }

  override connect(): Promise<pg.PoolClient>;
  override connect(lent: Lent): void;
  override connect(lent?: Lent): Promise<pg.PoolClient> | undefined {
    const connecting = this.inTurn();
    if (!lent) return connecting;
    connecting.then(
      (client) => lent(undefined, client, (broken) => client.release(broken)),
      (error: Error) => lent(error, undefined, () => {}),
    );
    return undefined;
  }

  private async inTurn(): Promise<pg.PoolClient> {
    const tried = new Set<Target>();
    for (;;) {
      try {
        return await super.connect();
      } catch (error) {
        const target = this.blamed(error as Error);
        if (!target || !noteFailure(this.targets, target, error as Error)) throw error;
        tried.add(target);
        if (tried.has(choose(this.targets))) throw error;
      }
    }
  }

  /** The pool wraps an error in its own where the time is up. */
  private blamed(error: Error): Target | undefined {
    return this.blame.get(error) ?? (error.cause instanceof Error ? this.blame.get(error.cause) : undefined);
  }
}

function clientFor(targets: readonly Target[], blame: (error: Error, target: Target) => void) {
  return class extends pg.Client {
    private readonly target: Target;
    private readonly broken: Error | undefined;

    // Throwing here would end the process: the pool makes clients outside of any promise too.
    constructor(options: pg.ClientConfig = {}) {
      const target = choose(targets);
      const { ssl, broken } = tlsOptions(target);
      // The pool hides the password from a spread.
      super({ ...options, password: options.password, host: target.host, port: target.port, ssl });
      readWholeMessages(this);
      this.target = target;
      this.broken = broken;
    }

    override connect(): Promise<pg.Client>;
    override connect(done: (error?: Error) => void): void;
    override connect(done?: (error?: Error) => void): Promise<pg.Client> | undefined {
      const connecting = this.reach();
      if (!done) return connecting;
      connecting.then(() => done(), done);
      return undefined;
    }

    private async reach(): Promise<pg.Client> {
      try {
        if (this.broken) throw this.broken;
        const client = await super.connect();
        await require(client, this.target.wanted);
        return client;
      } catch (error) {
        blame(error as Error, this.target);
        throw error;
      }
    }
  };
}

function tlsOptions({ tls }: Target): { ssl: pg.ClientConfig["ssl"]; broken?: Error } {
  try {
    return { ssl: tls?.() ?? false };
  } catch (error) {
    return { ssl: false, broken: error as Error };
  }
}

/** @throws OtherServer where the server is not what `target_session_attrs` asks for; its connection is closed then */
async function require(client: pg.Client, wanted: Wanted): Promise<void> {
  if (wanted === "any") return;
  const { rows } = await client.query<{ standby: boolean; readOnly: boolean }>(
    `SELECT pg_is_in_recovery() AS standby, current_setting('transaction_read_only')::boolean AS "readOnly"`,
  );
  const { standby, readOnly } = rows[0]!;
  const is = { "read-write": !readOnly, "read-only": readOnly, primary: !standby, standby };
  if (is[wanted]) return;
  await client.end();
  throw new OtherServer(`No server with target_session_attrs=${wanted} was found`);
}
