/** Timer schedules as the Functions host reads them: NCRONTAB with five or six fields, or a time span. */

export interface Schedule {
  /** The first time after `after` (UTC) at which the timer is due. */
  next(after: Date): Date;
}

const months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const days = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

const ranges = [
  { name: "second", min: 0, max: 59, names: [] as string[] },
  { name: "minute", min: 0, max: 59, names: [] },
  { name: "hour", min: 0, max: 23, names: [] },
  { name: "day", min: 1, max: 31, names: [] },
  { name: "month", min: 1, max: 12, names: ["", ...months] },
  { name: "day of the week", min: 0, max: 7, names: days },
];

/** @throws Error for a schedule that is none */
export function parseSchedule(text: string): Schedule {
  const span = /^(?:(\d+)\.)?(\d{1,2}):(\d{2}):(\d{2})$/.exec(text.trim());
  if (span) return every(span.slice(1).map((part) => Number(part ?? 0)) as [number, number, number, number]);
  const fields = text.trim().split(/\s+/);
  if (fields.length === 5) fields.unshift("0");
  if (fields.length !== 6) throw new Error(`'${text}' is not a timer schedule`);
  const allowed = fields.map((field, index) => parseField(field, ranges[index]!));
  if (allowed[5]!.has(7)) allowed[5]!.add(0);
  return { next: (after) => nextOf(allowed, after, text) };
}

function every([days, hours, minutes, seconds]: [number, number, number, number]): Schedule {
  const milliseconds = (((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1000;
  if (milliseconds === 0) throw new Error("A timer's time span must be longer than none");
  return { next: (after) => new Date(after.getTime() + milliseconds) };
}

function parseField(field: string, { name, min, max, names }: (typeof ranges)[number]): Set<number> {
  const number = (text: string) => {
    const named = names.indexOf(text.toLowerCase());
    const value = named > -1 && text !== "" ? named : Number(text);
    if (text === "" || !Number.isInteger(value) || value < min || value > max)
      throw new Error(`'${field}' is not a timer's ${name}`);
    return value;
  };
  const values = new Set<number>();
  for (const part of field.split(",")) {
    const [range = "", step] = part.split("/");
    const [from, to] = range === "*" ? [min, max] : (range.split("-").map(number) as [number, number?]);
    const stride = step === undefined ? 1 : Number(step);
    if (!Number.isInteger(stride) || stride < 1) throw new Error(`'${field}' is not a timer's ${name}`);
    const last = to ?? (step === undefined ? from : max);
    for (let value = from; value <= last; value += stride) values.add(value);
  }
  return values;
}

/** Day and day of the week must both match. Whole months, days, hours and minutes that can't match are skipped. */
function nextOf(allowed: Set<number>[], after: Date, text: string): Date {
  const [seconds, minutes, hours, monthDays, monthsAllowed, weekDays] = allowed as [
    Set<number>,
    Set<number>,
    Set<number>,
    Set<number>,
    Set<number>,
    Set<number>,
  ];
  const at = new Date(after);
  at.setUTCMilliseconds(0);
  at.setUTCSeconds(at.getUTCSeconds() + 1);
  // The longest wait there is: a 29 February on one day of the week.
  const end = after.getTime() + 41 * 366 * 86_400_000;
  while (at.getTime() < end) {
    if (!monthsAllowed.has(at.getUTCMonth() + 1)) {
      at.setUTCMonth(at.getUTCMonth() + 1, 1);
      at.setUTCHours(0, 0, 0);
    } else if (!monthDays.has(at.getUTCDate()) || !weekDays.has(at.getUTCDay())) at.setUTCHours(24, 0, 0);
    else if (!hours.has(at.getUTCHours())) at.setUTCHours(at.getUTCHours() + 1, 0, 0);
    else if (!minutes.has(at.getUTCMinutes())) at.setUTCMinutes(at.getUTCMinutes() + 1, 0);
    else if (!seconds.has(at.getUTCSeconds())) at.setUTCSeconds(at.getUTCSeconds() + 1);
    else return at;
  }
  throw new Error(`'${text}' is never due`);
}
