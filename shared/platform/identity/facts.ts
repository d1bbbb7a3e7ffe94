interface Fact {
  value: string;
  /** On the clock of `performance.now()`. */
  at: number;
}

/**
 * What permission decisions found out of resources, such as the experiment of a run, which never changes. The oldest
 * facts make room for new ones.
 */
export class Facts {
  private readonly known = new Map<string, Fact>();

  /** @param most how many to remember */
  constructor(private readonly most = 100_000) {}

  /** @param maxAge in milliseconds, for what may change */
  get(kind: string, id: string, maxAge = Number.POSITIVE_INFINITY): string | undefined {
    const fact = this.known.get(`${kind}/${id}`);
    const isKnown = fact && (maxAge === Number.POSITIVE_INFINITY || performance.now() - fact.at <= maxAge);
    return isKnown ? fact.value : undefined;
  }

  note(kind: string, id: string, value: string): void {
    const key = `${kind}/${id}`;
    this.known.delete(key);
    this.known.set(key, { value, at: performance.now() });
    if (this.known.size > this.most) this.known.delete(this.known.keys().next().value!);
  }

  forget(kind: string, id: string): void {
    this.known.delete(`${kind}/${id}`);
  }
}
