/**
 * A map of what was used last. It has two generations: an entry costs one look-up while it is in use, where an exact
 * order would cost three changes. Between half of `most` and `most` entries are kept.
 */
export class RecentlyUsed<T> {
  private recent = new Map<string, T>();
  private older = new Map<string, T>();
  private readonly half: number;

  constructor(most: number) {
    this.half = Math.ceil(most / 2);
  }

  get(key: string): T | undefined {
    const known = this.recent.get(key);
    if (known !== undefined) return known;
    const old = this.older.get(key);
    if (old !== undefined) this.set(key, old);
    return old;
  }

  set(key: string, value: T): void {
    this.older.delete(key);
    if (this.recent.size >= this.half && !this.recent.has(key)) {
      this.older = this.recent;
      this.recent = new Map();
    }
    this.recent.set(key, value);
  }

  delete(key: string): void {
    this.recent.delete(key);
    this.older.delete(key);
  }
}

/** How many answers a function keeps, and of what texts. */
const mostAnswers = 200;
const longestText = 500;

/** The same function of a text, which keeps its last answers but `undefined`. */
export function remembered<T>(answer: (text: string) => T): (text: string) => T {
  const kept = new RecentlyUsed<T>(mostAnswers);
  return (text) => {
    const known = kept.get(text);
    if (known !== undefined) return known;
    const given = answer(text);
    if (given !== undefined && text.length <= longestText) kept.set(text, given);
    return given;
  };
}
