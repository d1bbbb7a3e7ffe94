import { Cron } from "croner";

/** Timer schedules as the Functions host reads them: NCRONTAB with five or six fields, or a time span. */
export interface Schedule {
  /**
   * The first time after `after` (UTC) at which the timer is due.
   * @throws Error where there is none
   */
  next(after: Date): Date;
}

const known = /^(?:[\d*,/-]|[a-z]{3})+$/i;
const last = [59, 59, 23, 31, 12, 7];

/** @throws Error for a schedule that is none */
export function parseSchedule(text: string): Schedule {
  const span = /^(?:(\d+)\.)?(\d{1,2}):(\d{2}):(\d{2})$/.exec(text.trim());
  if (span) return every(span.slice(1).map((part) => Number(part ?? 0)) as [number, number, number, number]);
  const fields = text.trim().split(/\s+/);
  if (fields.length === 5) fields.unshift("0");
  // croner knows more than the host does (nicknames, dates, L, W and #), and takes no step without a range: 5/10.
  if (!fields.every((field) => known.test(field))) throw new Error(`'${text}' is not a timer schedule`);
  const ranges = fields.map((field, index) => field.replace(/(^|,)(\w+)\//g, `$1$2-${last[index]}/`));
  // Day and day of the week must both match.
  const cron = new Cron(ranges.join(" "), { paused: true, timezone: "UTC", mode: "6-part", domAndDow: true });
  return {
    next: (after) => {
      const due = cron.nextRun(after);
      if (!due) throw new Error(`'${text}' is never due`);
      return due;
    },
  };
}

function every([days, hours, minutes, seconds]: [number, number, number, number]): Schedule {
  const milliseconds = (((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1000;
  if (milliseconds === 0) throw new Error("A timer's time span must be longer than none");
  return { next: (after) => new Date(after.getTime() + milliseconds) };
}
