import type { AuditEvent } from "./log.ts";

const minute = 60_000;
/** How many different events of a minute are told apart; the others of a kind are one. */
const most = 500;

/**
 * Counts events that repeat. What happened in a minute is told when it has ended: one event for each that is
 * different, with how often it happened.
 */
export class ByMinute {
  private counted = new Map<string, AuditEvent>();
  /** When the minute ends; 0 where nothing happened in it. */
  private end = 0;
  private timer: NodeJS.Timeout | undefined;

  /** @param tell is given the events of a minute that has ended */
  constructor(private readonly tell: (event: AuditEvent) => void) {}

  /** @param more what makes the event another one, beside what happened, by whom and from where */
  add(event: AuditEvent, ...more: string[]): void {
    this.tellEnded();
    if (this.end === 0) this.begin();
    const { what, who, address } = event;
    const key = JSON.stringify([what, who, address, ...more]);
    const isOther = this.counted.size >= most && !this.counted.has(key);
    if (isOther) this.count(what, { ...event, who: "others", of: "-", address: "-", detail: "{}" });
    else this.count(key, event);
  }

  /** To be called with each request: timers stand still where the process does. */
  tellEnded(): void {
    if (this.end !== 0 && Date.now() >= this.end) this.tellAll();
  }

  tellAll(): void {
    clearTimeout(this.timer);
    this.end = 0;
    const { counted } = this;
    this.counted = new Map();
    for (const event of counted.values()) this.tell(event);
  }

  private begin(): void {
    const now = Date.now();
    this.end = (Math.floor(now / minute) + 1) * minute;
    this.timer = setTimeout(() => this.tellAll(), this.end - now).unref();
  }

  private count(key: string, event: AuditEvent): void {
    const known = this.counted.get(key);
    if (known) known.count += 1;
    else this.counted.set(key, event);
  }
}
