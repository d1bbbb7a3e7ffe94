import { createHash } from "node:crypto";
import { type AppTables, longPatience } from "../azure/circuit.ts";
import { encodeKey } from "../azure/table-keys.ts";
import { insertOnce } from "../azure/tables.ts";
import { RecentlyUsed } from "../recently-used.ts";
import type { AuditEvent } from "./log.ts";

/** Milliseconds. Loading the SDK takes a while, which the requests of a cold start must not wait for. */
const askAfter = 2_000;
/** The same, where the tables did not answer. */
const askAgainAfter = 30_000;
const mostPending = 1_000;
const longestKey = 400;

/** The part of a key that stands for a name. Azure takes 512 characters. */
function keyOf(who: string): string {
  const key = encodeKey(who);
  if (key.length <= longestKey) return key;
  return `${key.slice(0, 300)}~${createHash("sha256").update(who).digest("hex")}`;
}

/**
 * Finds out who signs in for the first time. Each has a row, which the first instance that sees them makes, and which
 * stays.
 */
export class FirstSignIns {
  /** When to ask about someone, in milliseconds since 1970; `Infinity`: never again. */
  private readonly askAt: RecentlyUsed<number>;
  private readonly pending = new Map<string, AuditEvent>();
  private asking: Promise<void> | undefined;
  private timer: NodeJS.Timeout | undefined;

  /**
   * @param most how many names to remember
   * @param tell is given each first sign-in once
   * @param tellUnsure is given those of whom the tables can't say whether they signed in before
   */
  constructor(
    private readonly tables: AppTables,
    most: number,
    private readonly tell: (event: AuditEvent) => void,
    private readonly tellUnsure: (event: AuditEvent) => void,
  ) {
    this.askAt = new RecentlyUsed(most);
  }

  /** Whether there is nothing to find out about someone now. */
  knows(who: string): boolean {
    const at = this.askAt.get(who);
    return (at !== undefined && (at === Number.POSITIVE_INFINITY || Date.now() < at)) || this.pending.has(who);
  }

  /** Has someone found out about, a little later. */
  note(event: AuditEvent): void {
    if (this.pending.size >= mostPending) {
      this.unsure(event);
      return;
    }
    this.pending.set(event.who, event);
    this.timer ??= setTimeout(() => void this.askAll(), askAfter).unref();
  }

  /** Finds out about all that are noted. */
  async askAll(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.asking ??= this.ask();
    await this.asking;
    this.asking = undefined;
  }

  private async ask(): Promise<void> {
    for (const [who, event] of this.pending) {
      const made = await this.mark(event);
      if (made?.value) this.tell(event);
      if (made) this.askAt.set(who, Number.POSITIVE_INFINITY);
      else this.unsure(event);
      this.pending.delete(who);
    }
  }

  /** Their next request asks again. */
  private unsure(event: AuditEvent): void {
    if (this.askAt.get(event.who) === undefined) this.tellUnsure(event);
    this.askAt.set(event.who, Date.now() + askAgainAfter);
  }

  /** Whether the row was made now; undefined where the tables are away. It keeps when and from where that was. */
  private mark({ time, who, address, request }: AuditEvent): Promise<{ value: boolean } | undefined> {
    const row = { partitionKey: keyOf(who), rowKey: "user", time, who, address, request };
    return this.tables.attempt(
      ({ table }, signal) => insertOnce(table("signins"), row, signal),
      console.warn,
      longPatience,
    );
  }
}
