const told = new Map<string, number>();
const interval = 60_000;
// Causes that differ by what is in them must not fill the memory.
const most = 200;

/**
 * Calls `tell` for the first of equal causes, and for the next one a minute later at the earliest. It is for errors
 * that hit each request during an outage. The causes are the process's; `cause` is told as it is, so it must hold no
 * secret.
 */
export function onceAMinute(cause: string, tell: (cause: string) => void, now = Date.now()): void {
  const last = told.get(cause);
  if (last !== undefined && now - last < interval) return;
  told.delete(cause);
  told.set(cause, now);
  if (told.size > most) told.delete(told.keys().next().value!);
  tell(cause);
}

const longest = 500;

/** What an error says, and what it says of its causes, in one line without a stack. */
export function causeOf(error: unknown): string {
  const sentences: string[] = [];
  for (let each = error; each instanceof Error && sentences.length < 4; each = each.cause) {
    // Each address of a name has failed; the error itself says nothing then.
    const said = each instanceof AggregateError ? each.errors.map(causeOf).join(", ") : each.message;
    if (said && !sentences.includes(said)) sentences.push(said);
  }
  return (sentences.join(": ") || String(error)).replace(/\s+/g, " ").slice(0, longest);
}
