/**
 * Lets `limit` calls run at once; others wait in the order they came, and are not taken where that would make more than
 * `most`.
 */
export function inTurn(limit: number, most: number) {
  let running = 0;
  const waiting: (() => void)[] = [];
  return async <T>(work: () => Promise<T>): Promise<T | undefined> => {
    if (running + waiting.length >= most) return undefined;
    if (running >= limit) await new Promise<void>((turn) => waiting.push(turn));
    else running++;
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else running--;
    }
  };
}
