/**
 * What the app keeps of who did what: for each event a line in the log, and a row in Table Storage (`log.ts`). Requests
 * never wait for the row.
 */
import type { AppTables } from "../azure/circuit.ts";
import { within } from "../azure/limits.ts";
import type { Audited } from "../http/route.ts";
import { causeOf } from "../once-a-minute.ts";
import { ByMinute } from "./by-minute.ts";
import { FirstSignIns } from "./first-sign-ins.ts";
import type { AuditEvent } from "./log.ts";
import { AuditRows } from "./rows.ts";

/** Who makes a request, and from where. */
export interface By {
  who: string;
  /** An IP address, or `-`. */
  address: string;
  /** The id of the invocation. */
  request: string;
}

/** Milliseconds. The host ends its worker after five seconds. */
const flushLimit = 4_500;

type Write = (line: string) => void;

export class Audit {
  private readonly rows: AuditRows;
  private readonly repeated = new ByMinute((event) => this.keep(event));
  private readonly signIns: FirstSignIns;

  /** @param mostUsers how many to remember of who signed in before */
  constructor(tables: AppTables, mostUsers: number) {
    this.rows = new AuditRows(tables);
    const tellUnsure = (event: AuditEvent) => writeLine({ ...event, detail: isUnsure }, writeConsole);
    this.signIns = new FirstSignIns(tables, mostUsers, (event) => this.keep(event), tellUnsure);
  }

  /** What a request did. Its line is written, and its row begun, before this returns. */
  add(audited: Audited, by: By, write: Write): void {
    this.keep(eventOf(audited, by), write);
  }

  /** A refused sign-in; `by.who` is the name that was tried. */
  refused(by: By): void {
    this.repeated.add(eventOf({ what: "sign-in.refused", of: "-" }, by));
  }

  /**
   * A request that the caller may not make.
   * @param of what was asked for
   */
  denied(route: string, of: string, by: By): void {
    this.repeated.add(eventOf({ what: "request.denied", of, detail: { route } }, by), route, of);
  }

  /** Whether someone is known to have signed in before. */
  knows(who: string): boolean {
    return this.signIns.knows(who);
  }

  /**
   * Someone who signed in, whom `knows` did not know.
   * @param way how
   */
  signedIn(way: string, by: By): void {
    this.signIns.note(eventOf({ what: "user.signed-in-first", of: by.who, detail: { by: way } }, by));
  }

  /** To be called with each request. */
  tellEnded(): void {
    this.repeated.tellEnded();
  }

  /** Tells what is left before the process ends, in a limited time. Never throws. */
  async flush(): Promise<void> {
    this.repeated.tellAll();
    const rest = async () => {
      await this.signIns.askAll();
      await this.rows.end();
    };
    await within(flushLimit, rest).catch((error) =>
      console.warn(`The last audit events are in this log alone: ${causeOf(error)}`),
    );
  }

  private keep(event: AuditEvent, write = writeConsole): void {
    writeLine(event, write);
    this.rows.add(event);
  }
}

/** Whether someone signs in for the first time is not known while the tables are away. */
const isUnsure = JSON.stringify({ certain: false });

const writeConsole: Write = (line) => console.info(line);

function writeLine({ what, who, of, address, request, detail, count, time }: AuditEvent, write: Write): void {
  const line = { audit: what, who, of, address, detail: JSON.parse(detail), count, time, request_id: request };
  write(JSON.stringify(line));
}

function eventOf({ what, of, detail = {} }: Audited, { who, address, request }: By): AuditEvent {
  const values = Object.entries(detail).map(([key, value]) => [key, typeof value === "string" ? plain(value) : value]);
  return {
    time: new Date(),
    what,
    who: plain(who),
    of: plain(of),
    address: plain(address),
    request,
    detail: JSON.stringify(Object.fromEntries(values)),
    count: 1,
  };
}

const longest = 500;

/** A text without what would change how a log or a terminal shows what is around it. */
const plain = (text: string) =>
  text
    .slice(0, longest)
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, "?")
    .toWellFormed();
