import { Epoch } from "./epoch.ts";

interface Kept<T> {
  value: Promise<T>;
  /** On the clock of `performance.now()`. */
  at: number;
  epoch: number;
  isLoading: boolean;
  /** A load that begins when this one has ended. */
  next?: Promise<T>;
}

/**
 * What was loaded for each key a short while ago. Those that ask for a key while it is loaded share the answer. A
 * failure is not kept; of too many, those that were not asked for the longest go.
 */
export class Recent<T> {
  private readonly kept = new Map<string, Kept<T>>();

  /**
   * @param maxAge in milliseconds
   * @param most how many to keep
   * @param rights what is kept ends with their epoch
   */
  constructor(
    private readonly load: (key: string) => Promise<T>,
    private readonly maxAge: number,
    private readonly most: number,
    private readonly rights = new Epoch(),
  ) {}

  get(key: string): Promise<T> {
    const known = this.kept.get(key);
    if (!known || known.epoch !== this.rights.now || performance.now() - known.at > this.maxAge)
      return this.reload(key);
    this.kept.delete(key);
    this.kept.set(key, known);
    return known.value;
  }

  /** The same, from a load that begins after the call. There is one load at a time for a key. */
  reload(key: string): Promise<T> {
    const known = this.kept.get(key);
    if (!known?.isLoading) return this.start(key);
    const begin = () => this.start(key);
    known.next ??= known.value.then(begin, begin);
    return known.next;
  }

  private start(key: string): Promise<T> {
    const value = this.load(key);
    const kept: Kept<T> = { value, at: performance.now(), epoch: this.rights.now, isLoading: true };
    this.kept.delete(key);
    this.kept.set(key, kept);
    const ended = () => {
      kept.isLoading = false;
    };
    value.then(ended, () => {
      ended();
      if (this.kept.get(key) === kept) this.kept.delete(key);
    });
    if (this.kept.size > this.most) this.kept.delete(this.kept.keys().next().value!);
    return value;
  }

  forget(key: string): void {
    this.kept.delete(key);
  }
}
